import { execFile, execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { applySteps } from '../extending/source-tree.js';
import { stepsOf } from '../extending/guide.js';
import { PROJECT_ROOT } from '../run/project.js';
import type { UpFile } from '../run/up-file.js';
import { OWN_SERVERS } from '../testing/own-servers.js';
import { CommandSandbox, type StartedCommand } from '../testing/started-command.js';

// A shop that somebody begins: the template in a folder of its own, and what docs/extending.md adds to it. Beside the examples, so that the
// paths of its tsconfig.json lead to the core, and where git ignores it.
jest.setTimeout(400_000);

const SHOPS = join(PROJECT_ROOT, '.run');
const GUIDE = [
  'An order field',
  'A policy',
  'A check',
  'A payment provider',
  'An event of its own',
  'An API operation',
] as const;

let sandbox: CommandSandbox;
let shop: string;
beforeEach(async () => {
  sandbox = await CommandSandbox.make();
  await mkdir(SHOPS, { recursive: true });
  shop = await mkdtemp(join(SHOPS, 'my-shop-'));
  await cp(join(PROJECT_ROOT, 'examples/create-outrider-shop'), shop, {
    recursive: true,
    filter: (path) => !path.endsWith('/dist'),
  });
});
afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
  await rm(shop, { recursive: true });
});

const changesOfTheCore = (): string =>
  execFileSync('git', ['status', '--porcelain', '--', 'services', 'packages'], { cwd: PROJECT_ROOT }).toString();

test('the template, copied, is built and runs', async () => {
  const up = sandbox.start('up', ['--once', '--json', '--shop', shop, '--orders', await sandbox.orders(10)]);
  expect({ code: await up.ended, output: up.output }).toMatchObject({ code: 0 });
  expect(JSON.parse(up.stdout)).toMatchObject({ ok: true, report: { orders: 10, completed: 10 } });
});

test('scripts/test runs the tests of a shop that lies elsewhere, and no others', async () => {
  const tests = sandbox.start('test', ['--shop', shop]);
  expect({ code: await tests.ended, output: tests.output }).toMatchObject({ code: 0 });
  expect(tests.stdout).toBe('1 passed, 0 failed, 0 skipped\n');
  const none = sandbox.start('test', ['--shop', shop, 'no-such-file']);
  expect({ code: await none.ended, output: none.output }).toMatchObject({ code: 1 });
  expect(none.output).toContain('my-shop has no such tests');
});

test('a copy of the template beside it is no collision of names for npm test', async () => {
  const folders = ['examples/create-outrider-shop', shop].flatMap((folder) => ['--roots', folder]);
  const jestArguments = ['--selectProjects', 'unit', '--passWithNoTests', '--no-cache', ...folders];
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', ...jestArguments],
    { cwd: PROJECT_ROOT },
  );
  expect(stdout + stderr).toContain('No tests found');
  expect(stdout + stderr).not.toContain('collision');
});

test('what the guide adds is built and runs together, with nothing of the core changed', async () => {
  const before = changesOfTheCore();
  for (const heading of GUIDE) await apply(heading);
  const up = sandbox.start('up', ['--shop', shop, '--provider', 'acme']);
  const file = await up.upFile();
  const { order, inventory, product } = file.services;

  // the policy, the check and the provider: ten are cheaper, 1,001 are not sold
  const lines = (quantity: number, unitPriceCents: number) => [
    { sku: `SKU-${unitPriceCents}`, quantity, unitPriceCents },
  ];
  const orders = [lines(1, 890), lines(10, 250), lines(1_001, 200)].map((of, at) =>
    JSON.stringify({ orderId: `own-${at}`, customer: '7', date: '2026-01-01', lines: of }),
  );
  const placing = sandbox.start('place-orders', ['--json', await sandbox.file('own.jsonl', orders.join('\n'))]);
  expect({ code: await placing.ended, output: placing.output }).toMatchObject({ code: 0 });
  expect(JSON.parse(placing.stdout)).toMatchObject({ ok: true, statuses: { COMPLETED: 2, FAILED: 1 } });
  const { data } = (await ask(file, `${order.url}/orders?limit=10`)).body as { data: Shown[] };
  const shown = data.map(({ reference, total, status, checkCode }) => [reference, total, status, checkCode]);
  expect(shown.toSorted()).toEqual([
    ['own-0', 890, 'COMPLETED', undefined],
    ['own-1', 2_250, 'COMPLETED', undefined],
    ['own-2', 180_180, 'FAILED', 'not-for-resale'],
  ]);
  expect((await ask(file, `${file.simulator.url}/ledger`)).body).toMatchObject({ data: expect.any(Array) });

  // the field
  const items = [{ productId: (data[0] as Shown).lines[0]?.productId, quantity: 1 }];
  const wrong = { items, currency: 'EUR', paymentMethod: 'pm', metadata: { gift: 'perhaps' } };
  expect(await ask(file, `${order.url}/orders`, wrong)).toMatchObject({
    status: 400,
    body: { type: '/problems/malformed' },
  });

  // the operation, and the event
  expect(await ask(file, `${product.url}/opening-hours`)).toMatchObject({ status: 200, body: { monday: '9-18' } });
  const delivery = { productId: items[0]?.productId, pieces: 5, expectedOn: '2026-12-01' };
  expect(await ask(file, `${inventory.url}/deliveries`, delivery)).toMatchObject({ status: 202 });
  expect(await firstOf(file, 'my-shop-delivery-event', up)).toMatchObject({
    key: delivery.productId,
    eventType: 'DELIVERY_ANNOUNCED',
    payload: { pieces: 5, expectedOn: '2026-12-01' },
  });

  const balance = sandbox.start('balance', []);
  expect({ code: await balance.ended, output: balance.output }).toMatchObject({ code: 0 });
  expect(balance.output).toMatch(/Outcome +FAILED +SQL +1 +1 +ok/u);
  up.child.kill('SIGINT');
  expect({ code: await up.ended, output: up.output }).toMatchObject({ code: 0 });
  expect(changesOfTheCore()).toBe(before);
});

test('with --secure the shop’s own topics are made and written as the core’s are', async () => {
  await apply('An event of its own');
  const up = sandbox.start('up', ['--secure', '--shop', shop], OWN_SERVERS);
  const file = await up.upFile();
  const delivery = { productId: newId(), pieces: 5, expectedOn: '2026-12-01' };
  expect(await ask(file, `${file.services.inventory.url}/deliveries`, delivery)).toMatchObject({ status: 202 });
  const client = new pg.Client({ connectionString: file.services.inventory.databaseUrl });
  await client.connect();
  try {
    const count = async (table: string): Promise<number> =>
      (
        await client.query(`SELECT FROM outbox_event e JOIN ${table} x USING (event_id) WHERE e.msg_key = $1`, [
          delivery.productId,
        ])
      ).rows.length;
    expect(await count('outbox_event')).toBe(1);
    await up.until('the event was sent', async () => ((await count('outbox_pending')) === 0 ? true : undefined));
    expect(await count('outbox_parked')).toBe(0);
  } finally {
    await client.end();
  }
  up.child.kill('SIGINT');
  expect({ code: await up.ended, output: up.output }).toMatchObject({ code: 0 });
});

/** Adds to the shop what the guide says under a heading. */
async function apply(heading: string): Promise<void> {
  const folder = relative(PROJECT_ROOT, shop);
  const steps = stepsOf(heading).map((step) => ({ ...step, path: step.path.replace('examples/my-shop', folder) }));
  await applySteps(PROJECT_ROOT, steps);
}

interface Shown {
  readonly reference: string;
  readonly total: number;
  readonly status: string;
  readonly checkCode?: string;
  readonly lines: readonly { readonly productId: string }[];
}

/** As an admin; a request with a body is a POST by a customer where an order is placed. */
async function ask({ tokens }: UpFile, url: string, body?: object): Promise<{ status: number; body: unknown }> {
  const token = body !== undefined && url.endsWith('/orders') ? tokens.customer : tokens.admin;
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'own' },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

/** The first message that a topic of the installation gets. */
async function firstOf(
  { kafka: { brokers, topicPrefix } }: UpFile,
  topic: string,
  up: StartedCommand,
): Promise<unknown> {
  const kafka = new Kafka({ clientId: 'test', brokers, logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `${topicPrefix}planning` });
  const values: string[] = [];
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topicPrefix + topic], fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void values.push(String(message.value)) });
    return JSON.parse(await up.until('the event came', () => values[0]));
  } finally {
    await consumer.disconnect();
  }
}
