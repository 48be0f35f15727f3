import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { createDatabase, dropDatabase, startInfra, until, type Infra } from '@outrider/testkit';
import { createIdentity } from '@outrider/testkit/identity';
import { startSimulator, type Simulator } from '@outrider/testkit/simulator';
import { declinedLine } from './testing/ledger-bench.js';
import { migratePayment, startPaymentProcess, type PaymentProcess } from './testing/payment-process.js';
import { startProviderProxy, type ProviderProxy } from './testing/provider-proxy.js';

let infra: Infra;
let directory: string;
let database: string;
let env: Record<string, string>;
let simulator: Simulator;
let proxy: ProviderProxy;
const running: PaymentProcess[] = [];

// two starts of a process each, and the end of a lease
jest.setTimeout(120_000);

beforeAll(async () => {
  infra = await startInfra({ durable: false, parts: ['postgres', 'kafka'], log: (line) => console.error(`  ${line}`) });
  directory = await mkdtemp(join(tmpdir(), 'payment-'));
  const identity = await createIdentity(directory);
  const ledgerFile = join(directory, 'ledger.jsonl');
  const lines = Array.from({ length: 250 }, (_, back) => declinedLine(Date.now() - 60_000 - back * 10_000));
  await writeFile(
    ledgerFile,
    lines
      .toReversed()
      .map((line) => `${line}\n`)
      .join(''),
  );
  simulator = await startSimulator({ ledgerFile });
  proxy = await startProviderProxy(simulator.url);
  env = {
    KAFKA_BROKERS: infra.brokers.join(','),
    HOST: '127.0.0.1',
    JWT_ISSUER: identity.issuer,
    JWT_AUDIENCE: identity.audience,
    JWT_JWKS: identity.jwksFile,
    API_KEYS: '[]',
    SIMULATOR_URL: proxy.url,
    SIMULATOR_WEBHOOK_SECRET: 'the secret of the webhooks in tests',
    PAYMENT_PROVIDER_TIMEOUT_MS: '2000',
    PAYMENT_SCAN_MS: '200',
    PAYMENT_LEDGER_EVERY_MS: '3600000',
    PAYMENT_LEDGER_PER_SECOND: '1000',
    LOG_LEVEL: 'silent',
  };
});

afterEach(async () => {
  for (const one of running.splice(0)) await one.kill('SIGKILL');
  await proxy.passAll();
  await dropDatabase(infra.postgresUrl, database);
});

afterAll(async () => {
  await proxy.close();
  await simulator.close();
  await infra.stop();
  await rm(directory, { recursive: true });
});

async function start(): Promise<void> {
  running.push(await startPaymentProcess(env, 'listening'));
}

const pages = () => proxy.seen.filter((request) => request.startsWith('GET /authorizations?createdFrom'));
const beginsAt = (request: string | undefined): number =>
  Date.parse(new URL(request?.slice(4) ?? '', 'http://x').searchParams.get('createdTo') ?? '');

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a process that ends by %s in the middle of a check leaves it to the next one, which goes on from there',
  async (signal) => {
    database = `payment_${randomBytes(5).toString('hex')}`;
    env = {
      ...env,
      DATABASE_URL: await createDatabase(infra.postgresUrl, database),
      KAFKA_TOPIC_PREFIX: `${database}.`,
    };
    await migratePayment(env);
    proxy.fate = ({ path }) => (path.includes('after=') ? 'hold-answer' : 'pass');
    const before = pages().length;
    await start();
    await until('it waits for its second page', () => pages().length >= before + 2);
    await running.shift()?.kill(signal);
    // a slow machine lets it ask for the second one again, when its time is up
    const asked = pages().length;
    await start();
    await until('the next one has begun', () => pages().length > asked);
    const [first, next] = [pages()[before], pages()[asked]].map(beginsAt);
    expect(next).toBeLessThan((first ?? 0) - 600_000);
    await proxy.passAll();
    await until('it has come to its end', () => pages().length >= asked + 6);
  },
);
