import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { appendEvents, outboxMigrations } from '@outrider/outbox';
import {
  createDatabase,
  createTopics,
  deleteTopics,
  dropDatabase,
  freePort,
  freshTopicPrefix,
  startInfra,
  type Infra,
} from '@outrider/testkit';
import { Kafka, logLevel, type Consumer } from 'kafkajs';
import pg from 'pg';

const MAIN = resolve(import.meta.dirname, '../dist/main.js');
const TOPIC = 'facts';
const KEYS = Array.from({ length: 40 }, (_, index) => `key-${index}`);

let infra: Infra;
let prefix: string;
let name: string;
let url: string;
let pool: pg.Pool;
let consumer: Consumer;
let received: Map<string, string[]>;
let seen: Set<string>;
let workers: Worker[] = [];

interface Worker {
  readonly child: ChildProcess;
  readonly adminUrl: string;
  readonly output: () => string;
}

beforeAll(async () => {
  infra = await startInfra({ parts: ['postgres', 'kafka'] });
  prefix = freshTopicPrefix();
  // the client fails while a broker does not know a new topic yet
  await until('the topic is there', () =>
    createTopics(infra.brokers, [prefix + TOPIC], 12).then(
      () => true,
      () => false,
    ),
  );
  consumer = new Kafka({ clientId: 'test', brokers: [...infra.brokers], logLevel: logLevel.NOTHING }).consumer({
    groupId: `${prefix}reader`,
  });
  await consumer.connect();
  await consumer.subscribe({ topic: prefix + TOPIC, fromBeginning: true });
  await consumer.run({
    // what any consumer does: an id has its effect once
    eachMessage: async ({ message }) => {
      const id = String(message.headers?.['ce_id']);
      const key = String(message.key);
      if (!seen.has(id)) received.set(key, [...(received.get(key) ?? []), String(message.value)]);
      seen.add(id);
    },
  });
});
afterAll(async () => {
  await consumer.disconnect();
  await deleteTopics(infra.brokers, [prefix + TOPIC]);
  await infra.stop();
});

beforeEach(async () => {
  received = new Map();
  seen = new Set();
  name = `worker_${randomBytes(5).toString('hex')}`;
  url = await createDatabase(infra.postgresUrl, name);
  pool = new pg.Pool({ connectionString: url });
  pool.on('error', () => {});
});
afterEach(async () => {
  for (const { child } of workers) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  workers = [];
  await pool.end();
  await dropDatabase(infra.postgresUrl, name);
});

async function migrate(): Promise<void> {
  for (const { sql } of outboxMigrations) await pool.query(sql);
}

async function startWorker(env: Record<string, string> = {}): Promise<Worker> {
  const port = await freePort();
  const { NODE_OPTIONS: _jest, ...inherited } = process.env;
  let output = '';
  const child = spawn(process.execPath, [MAIN], {
    env: {
      ...inherited,
      DATABASE_URLS: `shop=${url}`,
      KAFKA_BROKERS: infra.brokers.join(','),
      KAFKA_TOPIC_PREFIX: prefix,
      HOST: '127.0.0.1',
      ADMIN_PORT: String(port),
      LEASE_MS: '1500',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const worker: Worker = { child, adminUrl: `http://127.0.0.1:${port}`, output: () => output };
  workers.push(worker);
  return worker;
}

async function append(text: string): Promise<void> {
  const events = KEYS.map((key) => {
    const eventId = uuid();
    return { eventId, key, topic: TOPIC, type: 'ADDED', payload: text, headers: { ce_id: eventId } };
  });
  await appendEvents(pool, events);
  await pool.query('NOTIFY outbox');
}

function uuid(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  const rest = randomBytes(10).toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(6, 18)}`;
}

async function until(what: string, condition: () => Promise<boolean> | boolean, timeoutMs = 40_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) {
      throw new Error(
        `never came true: ${what}\n${workers.map(({ output }) => output().slice(-4_000)).join('\n--\n')}`,
      );
    }
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function count(sql: string): Promise<number> {
  return (await pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${sql}`)).rows[0]?.n ?? -1;
}

const holds = (worker: Worker, shards: number) =>
  until(`it holds ${shards} shards`, async () => {
    const held = await count(`outbox_lease WHERE lease_until>now() AND owner LIKE '%/${worker.child.pid}/%'`);
    return held === shards;
  });

const arrived = (...texts: string[]) =>
  until(`${texts.join()} arrived`, () => KEYS.every((key) => received.get(key)?.length === texts.length)).then(() => {
    for (const key of KEYS) expect(received.get(key)).toEqual(texts);
  });

async function metric(worker: Worker, line: RegExp): Promise<number> {
  const text = await (await fetch(`${worker.adminUrl}/metrics`)).text();
  return Number(line.exec(text)?.[1] ?? Number.NaN);
}

async function readyz(worker: Worker): Promise<{ status: number; checks: Record<string, string> }> {
  try {
    const response = await fetch(`${worker.adminUrl}/readyz`);
    const { checks } = (await response.json()) as { checks: Record<string, string> };
    return { status: response.status, checks };
  } catch {
    return { status: 0, checks: {} };
  }
}

test('F39 a worker that starts before its database has an outbox waits, reports it, and continues', async () => {
  const worker = await startWorker();
  await until('it says what is missing', async () => {
    const { status, checks } = await readyz(worker);
    return status === 503 && checks['database shop']?.includes('outbox_') === true;
  });
  await migrate();
  await append('1');
  await arrived('1');
  await until('it is ready', async () => (await readyz(worker)).status === 200);
  expect((await fetch(`${worker.adminUrl}/livez`)).status).toBe(200);
  await until('nothing waits', async () => (await count('outbox_pending')) === 0);
  expect(await metric(worker, /^outbox_published_total\{.*database="shop".*\} (\d+)/mu)).toBe(KEYS.length);
  expect(await metric(worker, /^outbox_shards_owned\{.*database="shop".*\} (\d+)/mu)).toBe(64);
  expect(await metric(worker, /^outbox_unpublished_events\{.*database="shop".*\} (\d+)/mu)).toBe(0);
  expect(await metric(worker, /^outbox_commit_to_ack_seconds_count\{.*database="shop".*\} (\d+)/mu)).toBeGreaterThan(0);
});

test('F39 a database that is down holds up none of the others', async () => {
  await migrate();
  const worker = await startWorker({ DATABASE_URLS: `gone=postgres://nobody@127.0.0.1:1/gone\nshop=${url}` });
  await append('1');
  await arrived('1');
  const { status, checks } = await readyz(worker);
  expect(status).toBe(503);
  expect(checks).toMatchObject({ 'database shop': 'ok', kafka: 'ok' });
  expect(checks['database gone']).toContain('ECONNREFUSED');
});

test('F39 a wrong configuration is refused, every wrong key named', async () => {
  const worker = await startWorker({ DATABASE_URLS: 'shop', KAFKA_BROKERS: '', LEASE_MS: '-1' });
  const [code] = (await once(worker.child, 'exit')) as [number];
  expect(code).toBe(1);
  for (const key of ['DATABASE_URLS', 'KAFKA_BROKERS', 'LEASE_MS']) expect(worker.output()).toContain(key);
});

test('F37 SIGTERM hands the shards over at once, with everything in flight acknowledged', async () => {
  await migrate();
  const first = await startWorker({ LEASE_MS: '60000' });
  await holds(first, 64);
  const second = await startWorker({ LEASE_MS: '60000' });
  await until('both live', async () => (await count('outbox_relay')) === 2);
  for (let round = 1; round <= 5; round += 1) {
    await append(String(round));
    if (round === 3) first.child.kill('SIGTERM');
  }
  const [code] = (await once(first.child, 'exit')) as [number];
  expect(code).toBe(0);
  await holds(second, 64);
  await append('6');
  await arrived('1', '2', '3', '4', '5', '6');
});

test('F06 a worker that is killed is taken over after its lease', async () => {
  await migrate();
  const first = await startWorker();
  await holds(first, 64);
  await append('1');
  await arrived('1');
  const second = await startWorker();
  await holds(second, 32);
  first.child.kill('SIGKILL');
  await append('2');
  await arrived('1', '2');
  await holds(second, 64);
  expect(await metric(second, /^outbox_lease_takeovers_total\{.*database="shop".*\} (\d+)/mu)).toBe(32);
});

test('F06 F07 a worker that is paused longer than its lease is taken over, and reorders nothing when it wakes', async () => {
  await migrate();
  const first = await startWorker();
  const second = await startWorker();
  await holds(first, 32);
  await holds(second, 32);
  let round = 0;
  for (let pause = 0; pause < 3; pause += 1) {
    await append(String((round += 1)));
    first.child.kill('SIGSTOP');
    await append(String((round += 1)));
    await holds(second, 64);
    await append(String((round += 1)));
    first.child.kill('SIGCONT');
    await append(String((round += 1)));
    await holds(first, 32);
  }
  await arrived(...Array.from({ length: round }, (_, index) => String(index + 1)));
  await until('nothing waits', async () => (await count('outbox_pending')) === 0);
});
