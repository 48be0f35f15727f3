// Runs in a pod of a service, like scram-program: tries credentials at the servers, and prints for each `accepted` or
// what was said, as one line of JSON.
import { json } from 'node:stream/consumers';
import { Connection } from '@platformatic/kafka';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { LoginsRequest } from './credentials.js';

const { authority, kafka, redis, postgres } = (await json(process.stdin)) as LoginsRequest;

async function intoKafka(username: string, password: string): Promise<void> {
  const connection = new Connection('rotation', {
    tls: { ca: authority },
    tlsServerName: true,
    sasl: { mechanism: 'SCRAM-SHA-512', username, password },
  });
  await connection.connect('kafka', 9093);
  await connection.close();
}

async function intoRedis(password: string): Promise<void> {
  const client = new Redis({
    host: 'redis',
    port: 6379,
    password,
    tls: { ca: authority },
    lazyConnect: true,
    retryStrategy: () => null,
  });
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

async function intoPostgres(login: LoginsRequest['postgres'][string]): Promise<void> {
  const { password, cert, key, ...where } = login;
  const client = new pg.Client({
    host: 'postgres',
    ...where,
    password,
    ssl: { ca: authority, ...(cert !== undefined && { cert, key }) },
  });
  // a server that refuses also cuts off, which comes as a second error
  client.on('error', () => undefined);
  await client.connect();
  await client.end();
}

const said: Record<string, string> = {};
async function attempt(name: string, login: Promise<void>): Promise<void> {
  said[name] = await login.then(
    () => 'accepted',
    (error: unknown) => String(error instanceof AggregateError ? error.errors[0] : error),
  );
}
for (const [user, password] of Object.entries(kafka)) await attempt(`Kafka ${user}`, intoKafka(user, password));
await attempt('Redis', intoRedis(redis));
for (const [name, login] of Object.entries(postgres)) await attempt(`PostgreSQL ${name}`, intoPostgres(login));
console.log(JSON.stringify(said));
// what a refused connection left behind need not end by itself
process.exit(0);
