import { pbkdf2Sync, randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { until } from '@outrider/testkit';
import type { CertificateAuthority, KeyPair } from '@outrider/testkit/certificates';
import * as platformatic from '@platformatic/kafka';
import { Redis } from 'ioredis';
import { ConfigResourceTypes, Kafka, logLevel, type KafkaConfig } from 'kafkajs';
import pg from 'pg';
import type { UpFile } from '../run/up-file.js';

const SCRAM_ITERATIONS = 4_096;
const { SCRAM_SHA_512 } = platformatic.ScramMechanisms;
/** For whatever a broker does on a busy machine, ms: what takes longer is a fault. */
const LIMIT_MS = 180_000;

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port` in two. */
export function addressOf(broker: string): Address {
  const { hostname, port } = new URL(`kafka://${broker}`);
  return { host: hostname, port: Number(port) };
}

/** Who runs the three servers of `scripts/up --secure`, and exchanges what they take and show. */
export class SecureAdministrator {
  /** authorities that the servers' certificates are checked against, PEM */
  authority: string;
  #redisPassword: string;

  constructor(
    private readonly up: UpFile,
    authority: CertificateAuthority,
    private readonly password: string,
  ) {
    this.authority = authority.cert;
    this.#redisPassword = password;
  }

  /** Where PostgreSQL is, without a login. */
  get postgres(): Address {
    const { hostname, port } = new URL(this.up.services.order.databaseUrl);
    return { host: hostname, port: Number(port) };
  }

  get redis(): Address {
    const { hostname, port } = new URL(this.up.redis.url);
    return { host: hostname, port: Number(port) };
  }

  /** PostgreSQL's own. */
  get superuser(): { readonly user: string; readonly password: string } {
    return { user: 'postgres', password: this.password };
  }

  async sql<R extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<R[]> {
    const client = new pg.Client({
      ...this.postgres,
      ...this.superuser,
      database: 'postgres',
      ssl: { ca: this.authority },
    });
    await client.connect();
    try {
      return (await client.query<R>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  async setPostgresPassword(role: string, password: string): Promise<void> {
    await this.sql(`ALTER ROLE ${pg.escapeIdentifier(role)} PASSWORD ${pg.escapeLiteral(password)}`);
  }

  async setKafkaPassword(user: string, password: string): Promise<void> {
    const connection = new platformatic.Connection('test', {
      tls: { ca: this.authority },
      tlsServerName: true,
      connectTimeout: LIMIT_MS,
      requestTimeout: LIMIT_MS,
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'admin', password: this.password },
    });
    const { host, port } = addressOf(this.up.kafka.brokers[0] ?? '');
    await connection.connect(host, port);
    try {
      const salt = randomBytes(16);
      const saltedPassword = pbkdf2Sync(password, salt, SCRAM_ITERATIONS, 64, 'sha512');
      await platformatic.alterUserScramCredentialsV0.api.async(
        connection,
        [],
        [{ name: user, mechanism: SCRAM_SHA_512, iterations: SCRAM_ITERATIONS, salt, saltedPassword }],
      );
    } finally {
      await connection.close();
    }
  }

  /** Redis takes this one as well. */
  async addRedisPassword(password: string): Promise<void> {
    await this.#askRedis((client) => client.acl('SETUSER', 'default', `>${password}`));
    this.#redisPassword = password;
  }

  async removeRedisPassword(password: string): Promise<void> {
    await this.#askRedis((client) => client.acl('SETUSER', 'default', `<${password}`));
  }

  /**
   * Exchanges the servers' certificates, and the authorities that they check clients against, without a restart.
   * @param client of whom they trust from then on
   */
  async exchangeCertificates({ cert, key }: KeyPair, clients: string, client: KeyPair): Promise<void> {
    const [shown] = await this.sql<{ data_directory: string }>('SHOW data_directory');
    await overwrite(shown?.data_directory ?? '', { 'server.crt': cert, 'server.key': key, 'clients.crt': clients });
    await this.sql('SELECT pg_reload_conf()');
    await this.#askRedis(async (client) => {
      const [, file = ''] = await client.config('GET', 'tls-cert-file');
      await overwrite(dirname(file), { 'server.crt': cert, 'server.key': key, 'clients.crt': clients });
      await client.config('SET', 'tls-cert-file', file);
    });
    await this.#exchangeKafkaCertificates(`${key}${cert}`, clients, client);
  }

  async #exchangeKafkaCertificates(keystore: string, truststore: string, client: KeyPair): Promise<void> {
    const admin = kafkaOf(this.up.kafka.brokers, {
      ssl: { ca: this.authority },
      sasl: { mechanism: 'scram-sha-512', username: 'admin', password: this.password },
    }).admin();
    await admin.connect();
    try {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: ConfigResourceTypes.BROKER, name: '1', configNames: ['ssl.keystore.location'] }],
      });
      const file = resources[0]?.configEntries[0]?.configValue ?? '';
      const folder = dirname(file);
      // a broker reads its files again when it is told where they are, though it is where they were
      const configEntries = ['sasl_ssl', 'ssl'].flatMap((listener) => [
        { name: `listener.name.${listener}.ssl.keystore.location`, value: file },
        { name: `listener.name.${listener}.ssl.truststore.location`, value: join(folder, 'truststore.pem') },
      ]);
      const readAgain = () =>
        admin.alterConfigs({
          validateOnly: false,
          resources: [{ type: ConfigResourceTypes.BROKER, name: '1', configEntries }],
        });
      // it takes a certificate only if it trusts it already, and does both some time after it was told
      await overwrite(folder, { 'truststore.pem': truststore });
      await until(
        'the broker trusts who the new authority vouches for',
        async () => {
          await readAgain();
          await sleep(500);
          return this.#letIn(client);
        },
        LIMIT_MS,
      );
      await sleep(2_000);
      await overwrite(folder, { 'keystore.pem': keystore });
      const { fingerprint256 } = new X509Certificate(keystore.slice(keystore.indexOf('-----BEGIN CERTIFICATE')));
      await until(
        'the broker shows its new certificate',
        async () => {
          await readAgain();
          await sleep(200);
          return (await this.#shownBy(addressOf(this.up.kafka.brokers[0] ?? ''))) === fingerprint256;
        },
        LIMIT_MS,
      );
    } finally {
      await admin.disconnect();
    }
  }

  /** Whether the broker takes a client with this certificate. */
  async #letIn({ cert, key }: KeyPair): Promise<boolean> {
    const admin = kafkaOf(this.up.kafka.certificateBrokers, {
      ssl: { ca: this.authority, cert, key },
      retry: { retries: 0 },
    }).admin();
    return admin.connect().then(
      async () => admin.disconnect().then(() => true),
      () => false,
    );
  }

  /** The fingerprint of the certificate that a server shows; undefined where it cuts off, as while it changes. */
  async #shownBy({ host, port }: Address): Promise<string | undefined> {
    const socket = connect({ host, port, servername: host, ca: this.authority });
    try {
      await once(socket, 'secureConnect');
      return socket.getPeerX509Certificate()?.fingerprint256;
    } catch {
      return undefined;
    } finally {
      socket.destroy();
    }
  }

  async #askRedis(work: (client: Redis) => Promise<unknown>): Promise<void> {
    const client = new Redis({ ...this.redis, password: this.#redisPassword, tls: { ca: this.authority } });
    try {
      await work(client);
    } finally {
      client.disconnect();
    }
  }
}

/** A client that waits as long as the broker of a busy machine needs, and says nothing of what it tried without success. */
export function kafkaOf(brokers: readonly string[], config: Omit<KafkaConfig, 'brokers'>): Kafka {
  return new Kafka({
    clientId: 'test',
    brokers: [...brokers],
    connectionTimeout: LIMIT_MS,
    authenticationTimeout: LIMIT_MS,
    requestTimeout: LIMIT_MS,
    logLevel: logLevel.NOTHING,
    ...config,
  });
}

/** Keeps the files' owners, who are the servers. */
async function overwrite(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
}
