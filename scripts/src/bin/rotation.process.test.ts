import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { orderSchema } from '@outrider/contracts';
import { until } from '@outrider/testkit';
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
import { CredentialRotation, type Credentials } from '../testing/credential-rotation.js';
import { ACCEPTED, Logins, REFUSED } from '../testing/logins.js';
import { SecureAdministrator } from '../testing/secure-administrator.js';
import { Shoppers } from '../testing/shoppers.js';

/** So many in a row. */
const ROTATIONS = Number(process.env['ROTATIONS'] ?? 1);
jest.setTimeout(600_000 + ROTATIONS * 300_000);

const CONNECTION_MAX_AGE_MS = 5_000;
const PIECES = 1_000_000;
const PRICE = 1_000;
const BUYERS = 3;
/** An answer may take as long as a busy machine needs, but not forever, ms. */
const PATIENCE_MS = 60_000;

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
    signal: AbortSignal.timeout(240_000),
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
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
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

/** Tries them until all are answered alike, which each server does a moment after it was told; then for no longer. */
async function expectLogins(credentials: Credentials, accepted: boolean): Promise<void> {
  const logins = new Logins(running.up, administrator, productId);
  const fits = (answer: string): boolean => (accepted ? answer === ACCEPTED : REFUSED.test(answer));
  const end = Date.now() + 120_000;
  let said = await logins.tryAll(credentials);
  while (!Object.values(said).every(fits) && Date.now() < end) {
    await sleep(500);
    said = await logins.tryAll(credentials);
  }
  const wished = accepted ? ACCEPTED : expect.stringMatching(REFUSED);
  expect(said).toEqual(Object.fromEntries(Object.keys(said).map((name) => [name, wished])));
}

/** Whose sessions are of a login from before. */
async function sessionsBefore(time: Date): Promise<string[]> {
  const rows = await administrator.sql<{ usename: string }>(
    `SELECT usename FROM pg_stat_activity WHERE usename LIKE 'outrider%' AND backend_start < $1`,
    [time],
  );
  return rows.map(({ usename }) => usename);
}

test('F48 passwords, certificates, authorities, an API key and the secret of webhooks are exchanged while orders run: no request fails and every order ends', async () => {
  const over = new AbortController();
  const loop = async (work: () => Promise<unknown>): Promise<void> => {
    while (!over.signal.aborted) {
      await work();
      await sleep(50);
    }
  };
  const loops = [...Array.from({ length: BUYERS }, () => loop(buy)), loop(look)];
  const shoppers = new Shoppers(running.up.services.product.url, 2, PATIENCE_MS);
  const goOn = async (): Promise<void> => {
    const [orders, reads] = [placed.length, shoppers.see(20)];
    await until('orders are placed', () => placed.length >= orders + 10 || failures.length > 0, 120_000);
    await reads;
    expect([...failures, ...shoppers.failures]).toEqual([]);
  };
  try {
    await goOn();
    for (let round = 0; round < ROTATIONS; round += 1) {
      const began = new Date();
      const old = await rotation.current();
      await expectLogins(old, true);
      await rotation.rotate();
      await expectLogins(await rotation.current(), true);
      await expectLogins(old, false);
      await until(
        'no session is left of an old login',
        async () => (await sessionsBefore(began)).length === 0,
        120_000,
      );
      await goOn();
    }
  } finally {
    over.abort();
    await Promise.all(loops);
    await shoppers[Symbol.asyncDispose]();
  }
  expect([...failures, ...shoppers.failures]).toEqual([]);

  await notePlaced(running.run, placed);
  const signal = AbortSignal.timeout(300_000);
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
  const rotations = ROTATIONS === 1 ? 'a rotation' : `${ROTATIONS} rotations`;
  process.stderr.write(`  ${placed.length} orders and ${shoppers.reads} reads through ${rotations}\n`);
});
