import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { orderSchema } from '@outrider/contracts';
import { signWebhook, WEBHOOK_SIGNATURE_HEADER } from '@outrider/testkit/simulator';
import { Redis } from 'ioredis';
import { Kafka, logLevel, type KafkaConfig } from 'kafkajs';
import pg from 'pg';
import { balance } from '../balance/balance.js';
import { payments } from '../cli/parse.js';
import { Screen } from '../cli/screen.js';
import type { Running } from '../installation/describe.js';
import { notePlaced, noteStockPercent } from '../installation/run-notes.js';
import { createSecurity } from '../installation/secure-servers.js';
import { startInstallation } from '../installation/start-installation.js';
import { CURRENCY } from '../orders/currency.js';
import { followOrders } from '../orders/follow-orders.js';
import { stockProducts } from '../orders/stock-products.js';
import { createRun } from '../run/run-directory.js';
import { CredentialRotation, type OldCredentials } from '../testing/credential-rotation.js';
import { SecureAdministrator } from '../testing/secure-administrator.js';
import { Shoppers } from '../testing/shoppers.js';

jest.setTimeout(600_000);

/** Five in a row, when there is time for them. */
const ROTATIONS = Number(process.env['ROTATIONS'] ?? 2);
const CONNECTION_MAX_AGE_MS = 5_000;
const PIECES = 1_000_000;
const PRICE = 1_000;
const BUYERS = 3;

const undo = new AsyncDisposableStack();
const told: string[] = [];
let running: Running;
let rotation: CredentialRotation;
let administrator: SecureAdministrator;
let productId: string;

beforeAll(async () => {
  for (const name of ['POSTGRES_URL', 'KAFKA_BROKERS', 'REDIS_URL']) delete process.env[name];
  // its files are exchanged where they are: in containers they are not
  process.env['INFRA'] = 'embedded';
  process.env['CONNECTION_MAX_AGE_MS'] = String(CONNECTION_MAX_AGE_MS);
  const root = await mkdtemp(join(tmpdir(), 'outrider-rotation-'));
  undo.defer(() => rm(root, { recursive: true, force: true }));
  await mkdir(root, { recursive: true });
  const run = await createRun(root);
  const security = await createSecurity(run);
  running = await startInstallation({
    root,
    run,
    replicas: 1,
    payments: payments(''),
    seed: 1,
    security,
    screen: new Screen({ write: (text: string) => told.push(text) }),
    undo,
  });
  administrator = new SecureAdministrator(running.up, security.authority, security.servers.adminPassword);
  rotation = new CredentialRotation(running, administrator, security.authority, CONNECTION_MAX_AGE_MS);
  await rotation.makeApiKey();
  const { services, tokens } = running.up;
  await noteStockPercent(run, 100);
  const ids = await stockProducts({
    productUrl: services.product.url,
    inventoryUrl: services.inventory.url,
    token: tokens.admin,
    needs: [{ sku: 'TEA', cents: PRICE, asked: PIECES, stock: PIECES }],
    name: 'rotation',
    concurrency: 1,
    signal: AbortSignal.timeout(60_000),
    progress: () => undefined,
  });
  productId = ids.get('TEA')!;
});
afterAll(() => undo.disposeAsync());

const failures: string[] = [];
const placed: string[] = [];

/** One request, tried once: what is not as it should be is a failure. */
async function ask(url: string, init: RequestInit, status: number): Promise<unknown> {
  try {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
    const text = await answer.text();
    if (answer.status === status) return JSON.parse(text);
    failures.push(`${new Date().toISOString()} ${url}: ${answer.status} ${text}`);
  } catch (error) {
    failures.push(`${new Date().toISOString()} ${url}: ${String(error)}`);
  }
  return undefined;
}

async function buy(): Promise<void> {
  const { services, tokens } = running.up;
  const answer = await ask(
    `${services.order.url}/orders`,
    {
      method: 'POST',
      headers: {
        authorization: `Bearer ${tokens.customer}`,
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
      },
      body: JSON.stringify({ items: [{ productId, quantity: 1 }], currency: CURRENCY, paymentMethod: 'pm_card' }),
    },
    201,
  );
  if (answer !== undefined) placed.push(orderSchema.parse(answer).id);
}

const look = (): Promise<unknown> =>
  ask(`${running.up.services.inventory.url}/stock/${productId}`, { headers: { 'x-api-key': rotation.apiKey } }, 200);

async function refusal(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'nobody refused it';
  } catch (error) {
    return String(error instanceof AggregateError ? error.errors[0] : error);
  }
}

async function intoPostgres(config: pg.ClientConfig): Promise<void> {
  const client = new pg.Client({ ...administrator.postgres, database: 'postgres', ...config });
  client.on('error', () => undefined);
  await client.connect();
  await client.end();
}

async function intoKafka(broker: string, config: Omit<KafkaConfig, 'brokers'>): Promise<void> {
  const kafka = new Kafka({ brokers: [broker], ...config, logLevel: logLevel.NOTHING, retry: { retries: 0 } });
  const admin = kafka.admin();
  await admin.connect();
  await admin.disconnect();
}

async function intoRedis(password: string): Promise<void> {
  const { authority: ca, redis } = administrator;
  const client = new Redis({ ...redis, tls: { ca }, password, lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.ping();
  } finally {
    client.disconnect();
  }
}

/** What the servers say to each of the old ones. */
async function refusals(old: OldCredentials): Promise<Record<string, string>> {
  const { kafka, services } = running.up;
  const [broker, certificateBroker] = [kafka.brokers[0]!, kafka.certificateBrokers[0]!];
  const ca = administrator.authority;
  const said: Record<string, string> = {};
  for (const [user, password] of old.postgres) {
    said[`PostgreSQL ${user}`] = await refusal(() => intoPostgres({ user, password, ssl: { ca } }));
  }
  const { role, pair } = old.relay;
  said['PostgreSQL certificate'] = await refusal(() => intoPostgres({ user: role, ssl: { ca, ...pair } }));
  for (const [username, password] of old.kafka) {
    const sasl = { mechanism: 'scram-sha-512', username, password } as const;
    said[`Kafka ${username}`] = await refusal(() => intoKafka(broker, { ssl: { ca }, sasl }));
  }
  said['Kafka certificate'] = await refusal(() => intoKafka(certificateBroker, { ssl: { ca, ...old.worker } }));
  said['Redis'] = await refusal(() => intoRedis(old.redis));
  // and the old authority vouches for no server any more
  said['authority'] = await refusal(() => intoPostgres({ user: role, ssl: { ca: old.authority } }));
  const withKey = { headers: { 'x-api-key': old.apiKey } };
  said['API key'] = String((await fetch(`${services.inventory.url}/stock/${productId}`, withKey)).status);
  const body = JSON.stringify({ id: 'evt_old', type: 'payment.captured' });
  const headers = { [WEBHOOK_SIGNATURE_HEADER]: signWebhook(old.webhook, body), 'content-type': 'application/json' };
  const report = await fetch(`${services.payment.url}/webhooks/simulator`, { method: 'POST', headers, body });
  said['webhook'] = String(report.status);
  return said;
}

/** Every session of the processes began after this time. */
async function sessionsBefore(time: Date): Promise<string[]> {
  const rows = await administrator.sql<{ usename: string }>(
    `SELECT usename FROM pg_stat_activity WHERE usename LIKE 'outrider%' AND backend_start < $1`,
    [time],
  );
  return rows.map(({ usename }) => usename);
}

test(`F48 passwords, certificates, authorities, an API key and the webhook's secret are exchanged ${ROTATIONS} times while orders run: no request fails and every order ends`, async () => {
  let over = false;
  const loop = async (work: () => Promise<unknown>): Promise<void> => {
    while (!over) {
      await work();
      await sleep(50);
    }
  };
  const loops = [...Array.from({ length: BUYERS }, () => loop(buy)), loop(look)];
  const shoppers = new Shoppers(running.up.services.product.url, 2);
  const kept: Record<string, string>[] = [];
  try {
    await shoppers.see(20);
    for (let round = 0; round < ROTATIONS; round += 1) {
      const before = placed.length;
      const began = new Date();
      kept.push(await refusals(await rotation.rotate()));
      expect(await sessionsBefore(began)).toEqual([]);
      await shoppers.see(20);
      expect(failures).toEqual([]);
      expect(placed.length).toBeGreaterThan(before);
    }
  } finally {
    over = true;
    await Promise.all(loops);
    await shoppers[Symbol.asyncDispose]();
  }
  expect(failures).toEqual([]);
  expect(shoppers.failures).toEqual([]);
  for (const said of kept) {
    expect(said).toEqual(
      Object.fromEntries(
        Object.keys(said).map((what) => [
          what,
          expect.stringMatching(
            /password authentication failed|certificate|CERT|SASL|[Aa]uthentication|WRONGPASS|^401$|^400$/u,
          ),
        ]),
      ),
    );
  }

  await notePlaced(running.run, placed);
  const signal = AbortSignal.timeout(120_000);
  const { services, tokens } = running.up;
  const seen = await followOrders({
    orderUrl: services.order.url,
    token: tokens.admin,
    ids: placed,
    signal,
    act: () => Promise.reject(new Error('nothing is to be approved')),
    progress: () => undefined,
  });
  const statuses = new Map<string, number>();
  for (const { status } of seen.values()) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  expect(Object.fromEntries(statuses)).toEqual({ COMPLETED: placed.length });
  const { checks, balanced } = await balance(running, signal);
  expect(balanced ? [] : checks).toEqual([]);
  process.stderr.write(`  ${placed.length} orders and ${shoppers.reads} reads through ${ROTATIONS} rotations\n`);
});
