import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { encodeEvent, newId, TOPICS, type Payment } from '@outrider/contracts';
import { partitionOf } from '@outrider/outbox';
import { hashApiKey } from '@outrider/service-kit/auth';
import { postgresAt } from '@outrider/connections';
import { createOrm, sqlOf, type MikroORM } from '@outrider/service-kit/database';
import { createDatabase, dropDatabase, startInfra, until, type Infra } from '@outrider/testkit';
import { createIdentity } from '@outrider/testkit/identity';
import { startSimulator, type Simulator } from '@outrider/testkit/simulator';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { migratePayment, startPaymentProcess, type PaymentProcess } from './testing/payment-process.js';
import { startProviderProxy, type ProviderProxy } from './testing/provider-proxy.js';

let infra: Infra;
let directory: string;
let database: string;
let env: Record<string, string>;
let producer: Producer;
let orm: MikroORM;
let simulator: Simulator;
let proxy: ProviderProxy;
const running: PaymentProcess[] = [];

beforeAll(async () => {
  infra = await startInfra({ durable: false, parts: ['postgres', 'kafka'], log: (line) => console.error(`  ${line}`) });
  directory = await mkdtemp(join(tmpdir(), 'payment-'));
  database = `payment_${randomBytes(5).toString('hex')}`;
  const identity = await createIdentity(directory);
  simulator = await startSimulator({ ledgerFile: join(directory, 'ledger.jsonl') });
  proxy = await startProviderProxy(simulator.url);
  env = {
    DATABASE_URL: await createDatabase(infra.postgresUrl, database),
    KAFKA_BROKERS: infra.brokers.join(','),
    KAFKA_TOPIC_PREFIX: `${database}.`,
    HOST: '127.0.0.1',
    JWT_ISSUER: identity.issuer,
    JWT_AUDIENCE: identity.audience,
    JWT_JWKS: identity.jwksFile,
    API_KEYS: JSON.stringify([{ name: 'test', hashes: [hashApiKey('test-key')], scopes: ['payment:read'] }]),
    SIMULATOR_URL: proxy.url,
    SIMULATOR_WEBHOOK_SECRET: 'the secret of the webhooks in tests',
    PAYMENT_PROVIDER_TIMEOUT_MS: '500',
    PAYMENT_RETRY_FIRST_MS: '50',
    PAYMENT_SCAN_MS: '200',
    LOG_LEVEL: 'silent',
  };
  await migratePayment(env);
  producer = new Kafka({ clientId: 'test', brokers: [...infra.brokers], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  orm = await createOrm({
    database: postgresAt(env['DATABASE_URL']!),
    applicationName: 'test',
    entities: [],
    migrations: [],
    poolSize: 2,
    log: () => {},
  });
});

afterEach(async () => {
  for (const one of running.splice(0)) await one.kill('SIGKILL');
  await proxy.passAll();
});

afterAll(async () => {
  await orm.close();
  await producer.disconnect();
  await proxy.close();
  await simulator.close();
  await dropDatabase(infra.postgresUrl, database);
  await infra.stop();
  await rm(directory, { recursive: true });
});

async function start(until: 'listening' | 'consuming' = 'consuming'): Promise<PaymentProcess> {
  const one = await startPaymentProcess(env, until);
  running.push(one);
  return one;
}

async function create(orderIds: readonly string[]): Promise<void> {
  const messages = orderIds.map((key) => {
    const payload = { commandId: newId(), amount: 1_500, currency: 'EUR', paymentMethod: 'pm_card' };
    const source = { source: 'test', version: '0' };
    const { payload: value } = encodeEvent(source, 'payment-event', 'PAYMENT_CREATE_REQUEST', key, payload);
    return { key, value, partition: partitionOf(key, TOPICS['payment-event'].partitions) };
  });
  await producer.send({ topic: `${database}.payment-event`, messages });
}

async function status(process: PaymentProcess, orderId: string): Promise<string | undefined> {
  const response = await fetch(`${process.url}/payments?orderId=${orderId}`, { headers: { 'x-api-key': 'test-key' } });
  return ((await response.json()) as { data: Payment[] }).data[0]?.status;
}

async function answers(orderIds: readonly string[]): Promise<string[]> {
  const { rows } = await sqlOf(orm.em.fork()).query<{ event_type: string }>(
    'SELECT event_type FROM outbox_event WHERE msg_key = ANY($1) ORDER BY id',
    [orderIds],
  );
  return rows.map(({ event_type }) => event_type);
}

const booked = async (orderIds: readonly string[]) =>
  (await simulator.ledger()).filter(({ reference }) => orderIds.includes(reference));

test.each([
  ['before the request reached the provider', 'hold-request', 0],
  ['after the provider had charged', 'hold-answer', 1],
] as const)(
  'F22 killed between saving the attempt and the answer, %s: another takes over, charged once',
  async (_when, fate, charged) => {
    const orderId = newId();
    const first = await start();
    let asked = 0;
    proxy.fate = ({ method }) => (method === 'POST' ? ((asked += 1), fate) : 'pass');
    await create([orderId]);
    await until('the provider is asked', async () => asked === 1 && (await booked([orderId])).length === charged);
    await first.kill('SIGKILL');
    proxy.fate = () => 'pass';
    const second = await start('listening');
    await until('it is authorised', async () => (await status(second, orderId)) === 'AUTHORIZED');
    await proxy.letGo();
    expect(await answers([orderId])).toEqual(['PAYMENT_CREATION_SUCCEEDED']);
    expect(await booked([orderId])).toMatchObject([{ status: 'AUTHORIZED', amount: 1_500 }]);
  },
);

test('F22 paused for longer than its lease: another takes over, and what the first receives after that is dropped', async () => {
  const orderId = newId();
  const first = await start();
  proxy.fate = () => 'hold-answer';
  await create([orderId]);
  await until('the provider has charged', async () => (await booked([orderId])).length === 1);
  first.pause();
  const second = await start('listening');
  await until('the second has it, and is kept waiting too', async () => {
    const { rows } = await sqlOf(orm.em.fork()).query<{ version: number }>(
      'SELECT version FROM payment_command WHERE order_id = $1',
      [orderId],
    );
    return (rows[0]?.version ?? 0) > 0;
  });
  first.resume();
  await until('the first has found its lease lost', async () =>
    /payment_attempts_total\{[^}]*outcome="fenced"[^}]*\} 1/u.test(
      await (await fetch(`${first.adminUrl}/metrics`)).text(),
    ),
  );
  await proxy.passAll();
  await until('it is authorised', async () => (await status(second, orderId)) === 'AUTHORIZED');
  expect(await answers([orderId])).toEqual(['PAYMENT_CREATION_SUCCEEDED']);
  expect(await booked([orderId])).toHaveLength(1);
});

test('F22 killed again and again under load: every payment is answered once and charged once', async () => {
  const orderIds = Array.from({ length: 100 }, () => newId());
  let count = 0;
  proxy.fate = () => ((count += 1) % 7 === 0 ? 'lose-answer' : 'pass');
  for (let part = 0; part < 2; part += 1) {
    const one = await start();
    await create(orderIds.slice(part * 50, (part + 1) * 50));
    await until('some are charged', async () => (await booked(orderIds)).length > part * 40 + 10);
    await one.kill('SIGKILL');
  }
  await start();
  await until('all are answered', async () => (await answers(orderIds)).length >= orderIds.length);
  expect(await answers(orderIds)).toEqual(orderIds.map(() => 'PAYMENT_CREATION_SUCCEEDED'));
  const charges = await booked(orderIds);
  expect(charges).toHaveLength(orderIds.length);
  expect(new Set(charges.map(({ reference }) => reference)).size).toBe(orderIds.length);
});

test('F37 stopped while it waits for the provider: it ends what it began, gives back the rest, and leaves no lease', async () => {
  const orderIds = Array.from({ length: 100 }, () => newId());
  const { PAYMENT_PROVIDER_TIMEOUT_MS: usual = '' } = env;
  // what waits for longer than a lease is left to other processes, and not given back
  Object.assign(env, { PAYMENT_CONCURRENCY: '4', PAYMENT_PROVIDER_TIMEOUT_MS: '10000' });
  const first = await start();
  delete env['PAYMENT_CONCURRENCY'];
  env['PAYMENT_PROVIDER_TIMEOUT_MS'] = usual;
  let asked = 0;
  proxy.fate = ({ method }) => (method === 'POST' ? ((asked += 1), 'hold-answer') : 'pass');
  await create(orderIds);
  await until('it waits for the provider', () => asked === 4);
  const ended = first.kill('SIGTERM');
  await proxy.passAll();
  await ended;
  expect(await first.exited).toBe(0);
  const { rows } = await sqlOf(orm.em.fork()).query<{ n: number }>(
    `SELECT count(*)::int AS n FROM payment_command WHERE state='RUNNING' AND owner IS NOT NULL`,
  );
  expect(rows).toEqual([{ n: 0 }]);
  await start();
  await until('all are answered', async () => (await answers(orderIds)).length === orderIds.length);
  expect(await booked(orderIds)).toHaveLength(orderIds.length);
});
