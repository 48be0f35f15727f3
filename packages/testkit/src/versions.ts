import { readFile } from 'node:fs/promises';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';

/** How long a server that should be up may take to answer, ms. */
const ANSWER_WITHIN_MS = 5_000;

/** The server's version, e.g. `18.4`. Rejects when it does not answer. */
export async function postgresVersion(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: ANSWER_WITHIN_MS });
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return rows[0]?.server_version ?? 'unknown';
  } finally {
    await client.end();
  }
}

/**
 * The server's version, e.g. `6.2.11`, or `Valkey 9.1.0`. Rejects when it does not answer.
 * @param authorityFile what a `rediss://` server is checked against, PEM
 */
export async function redisVersion(url: string, authorityFile?: string): Promise<string> {
  const client = new Redis(url, {
    ...(authorityFile === undefined ? {} : { tls: { ca: await readFile(authorityFile, 'utf8') } }),
    lazyConnect: true,
    connectTimeout: ANSWER_WITHIN_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // The rejected call below says the same; without a listener ioredis writes to the console.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const info = await client.info('server');
    const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1];
    if (valkey !== undefined) return `Valkey ${valkey}`;
    return /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown';
  } finally {
    client.disconnect();
  }
}

/** Resolves when a broker answers. Kafka's protocol has no version to ask for. */
export async function kafkaAnswers(brokers: readonly string[]): Promise<void> {
  const kafka = new Kafka({
    clientId: 'outrider-testkit',
    brokers: [...brokers],
    connectionTimeout: ANSWER_WITHIN_MS,
    logLevel: logLevel.NOTHING,
    retry: { retries: 2 },
  });
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.describeCluster();
  } finally {
    await admin.disconnect();
  }
}
