import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fixedCredential, kafkajsOptions } from '@outrider/connections';
import type { Infra, InfraSecurity } from '@outrider/testkit';
import { createAuthority, type CertificateAuthority } from '@outrider/testkit/certificates';
import { Kafka, logLevel } from 'kafkajs';
import { grantKafkaRights } from '../kafka-access/grant-kafka-rights.js';
import type { ShopTopics } from '../kafka-access/kafka-rights.js';
import type { Run } from '../run/run-directory.js';
import { accessDirectory, writeAccess } from './access-files.js';
import { SERVICES, WORKER } from './layout.js';

/** Kafka's users that log in with a password; the worker does with a certificate, at PostgreSQL as well. */
const KAFKA_USERS = [...SERVICES, 'migrate'] as const;

/** Certificates and passwords of one run. */
export interface RunSecurity {
  readonly authority: CertificateAuthority;
  /** what the servers are started with */
  readonly servers: InfraSecurity;
}

/** Of letters that need no escape in a URL, a file of settings or SQL. */
export function newPassword(): string {
  return randomBytes(24).toString('hex');
}

/** Makes an authority, the servers' certificate and the passwords. */
export async function createSecurity(run: Run): Promise<RunSecurity> {
  const authority = await createAuthority('Outrider local run');
  await mkdir(accessDirectory(run), { recursive: true, mode: 0o700 });
  const authorityFile = join(accessDirectory(run), 'ca.crt');
  await writeFile(authorityFile, authority.cert, { mode: 0o600 });
  return {
    authority,
    servers: {
      certificate: await authority.issue({ name: 'server', hosts: ['localhost', '127.0.0.1'] }),
      authority: authority.cert,
      authorityFile,
      adminPassword: newPassword(),
      kafkaPasswords: Object.fromEntries(KAFKA_USERS.map((user) => [user, newPassword()])),
      certificateGroup: 'outrider_by_certificate',
    },
  };
}

/** Where the files stand by which processes log in: to Kafka in a folder for each user. */
export function serverDirectory(run: Run, server: 'kafka' | 'redis'): string {
  return join(accessDirectory(run), server);
}

/** Writes how processes get into Kafka and Redis. */
export async function writeServerAccess(run: Run, { authority, servers }: RunSecurity): Promise<void> {
  const ca = authority.cert;
  const kafka = serverDirectory(run, 'kafka');
  for (const [user, password] of Object.entries(servers.kafkaPasswords)) {
    await writeAccess(join(kafka, user), { password, 'ca.crt': ca });
  }
  const { cert, key } = await authority.issue({ name: WORKER });
  await writeAccess(join(kafka, WORKER), { 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key });
  await writeAccess(serverDirectory(run, 'redis'), { password: servers.adminPassword, 'ca.crt': ca });
}

/** A client of the brokers as `admin`, who may do everything. */
export function kafkaAdministrator(infra: Pick<Infra, 'brokers'>, { authority, servers }: RunSecurity): Kafka {
  return new Kafka({
    clientId: 'outrider-up',
    ...kafkajsOptions({
      brokers: infra.brokers,
      tls: fixedCredential({ ca: authority.cert }),
      sasl: {
        mechanism: 'scram-sha-512',
        username: fixedCredential('admin'),
        password: fixedCredential(servers.adminPassword),
      },
    }),
    logLevel: logLevel.NOTHING,
  });
}

/** Allows every process what it needs on the brokers, which allow nothing by default. */
export async function allowOnKafka(
  infra: Infra,
  security: RunSecurity,
  topicPrefix: string,
  own: ShopTopics,
): Promise<void> {
  const admin = kafkaAdministrator(infra, security).admin();
  await admin.connect();
  try {
    await grantKafkaRights(admin, topicPrefix, own);
  } finally {
    await admin.disconnect();
  }
}
