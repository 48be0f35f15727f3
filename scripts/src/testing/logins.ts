import { once } from 'node:events';
import { connect } from 'node:tls';
import { signWebhook, WEBHOOK_SIGNATURE_HEADER } from '@outrider/testkit/simulator';
import { Redis } from 'ioredis';
import type { KafkaConfig } from 'kafkajs';
import pg from 'pg';
import type { UpFile } from '../run/up-file.js';
import type { Credentials } from './credential-rotation.js';
import { addressOf, kafkaOf, type SecureAdministrator } from './secure-administrator.js';

/** Of a credential that was taken. */
export const ACCEPTED = 'accepted';

/** What a server, or a client that checks one, says to a credential that it does not take; some cut off instead. */
export const REFUSED =
  /password authentication failed|certificate|CERT|unknown ca|SASL|[Aa]uthentication|WRONGPASS|^40[01]$|ECONNRESET|[Cc]losed connection/u;

/** Tries credentials at the servers and services that they are for. */
export class Logins {
  constructor(
    private readonly up: UpFile,
    private readonly administrator: SecureAdministrator,
    /** something that inventory has in stock */
    private readonly productId: string,
  ) {}

  /** @returns of each credential, by its name: `accepted`, or what was said */
  async tryAll(credentials: Credentials): Promise<Record<string, string>> {
    const { kafka, services } = this.up;
    const ca = this.administrator.authority;
    const [broker = '', certificateBroker = ''] = [kafka.brokers[0], kafka.certificateBrokers[0]];
    const said: Record<string, string> = {};
    for (const [user, password] of credentials.postgres) {
      said[`PostgreSQL ${user}`] = await answerOf(this.#postgres({ user, password, ssl: { ca } }));
    }
    const { role, pair } = credentials.relay;
    said['PostgreSQL certificate'] = await answerOf(this.#postgres({ user: role, ssl: { ca, ...pair } }));
    for (const [username, password] of credentials.kafka) {
      const sasl = { mechanism: 'scram-sha-512', username, password } as const;
      said[`Kafka ${username}`] = await answerOf(intoKafka(broker, { ssl: { ca }, sasl }));
    }
    said['Kafka certificate'] = await answerOf(intoKafka(certificateBroker, { ssl: { ca, ...credentials.worker } }));
    said['Redis'] = await answerOf(this.#redis(credentials.redis));
    for (const [name, { host, port }] of Object.entries({
      Kafka: addressOf(broker),
      Redis: this.administrator.redis,
    })) {
      said[`authority of ${name}`] = await answerOf(verify(host, port, credentials.authority));
    }
    // a login of today, so that nothing but the authority is refused
    said['authority of PostgreSQL'] = await answerOf(
      this.#postgres({ ...this.administrator.superuser, ssl: { ca: credentials.authority } }),
    );
    said['API key'] = await answerOf(
      expectOk(`${services.inventory.url}/stock/${this.productId}`, { headers: { 'x-api-key': credentials.apiKey } }),
    );
    const body = JSON.stringify({ id: 'evt_of_no_concern', type: 'nothing' });
    const signature = signWebhook(credentials.webhook, body);
    said['webhook'] = await answerOf(
      expectOk(`${services.payment.url}/webhooks/simulator`, {
        method: 'POST',
        headers: { [WEBHOOK_SIGNATURE_HEADER]: signature, 'content-type': 'application/json' },
        body,
      }),
    );
    return said;
  }

  async #postgres(config: pg.ClientConfig): Promise<void> {
    const client = new pg.Client({ ...this.administrator.postgres, database: 'postgres', ...config });
    // a server that refuses also cuts off, which comes as a second error
    client.on('error', () => undefined);
    await client.connect();
    await client.end();
  }

  async #redis(password: string): Promise<void> {
    const { authority: ca, redis } = this.administrator;
    const client = new Redis({ ...redis, tls: { ca }, password, lazyConnect: true, retryStrategy: () => null });
    // a promise that is refused says no more than that the connection has ended
    let reason: Error | undefined;
    client.on('error', (error) => (reason ??= error));
    try {
      await client.connect();
      await client.ping();
    } catch (error) {
      throw reason ?? error;
    } finally {
      client.disconnect();
    }
  }
}

async function answerOf(login: Promise<void>): Promise<string> {
  try {
    await login;
    return ACCEPTED;
  } catch (error) {
    const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
    return first instanceof Error
      ? `${'code' in first ? `${String(first.code)} ` : ''}${first.message}`
      : String(first);
  }
}

async function intoKafka(broker: string, config: Omit<KafkaConfig, 'brokers'>): Promise<void> {
  const admin = kafkaOf([broker], { ...config, retry: { retries: 0 } }).admin();
  await admin.connect();
  await admin.disconnect();
}

async function verify(host: string, port: number, ca: string): Promise<void> {
  const socket = connect({ host, port, servername: host, ca });
  try {
    await once(socket, 'secureConnect');
  } finally {
    socket.destroy();
  }
}

async function expectOk(url: string, init: RequestInit): Promise<void> {
  const { status, ok } = await fetch(url, { ...init, signal: AbortSignal.timeout(60_000) });
  if (!ok) throw new Error(String(status));
}
