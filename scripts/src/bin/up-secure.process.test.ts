import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { readPlaced } from '../installation/run-notes.js';
import { runAt } from '../run/run-directory.js';
import type { UpFile } from '../run/up-file.js';
import { LoopbackCapture } from '../testing/loopback-capture.js';
import { OWN_SERVERS } from '../testing/own-servers.js';
import { CommandSandbox } from '../testing/started-command.js';

jest.setTimeout(240_000);

const ORDERS = 20;
const SERVERS = ['postgres', 'kafka', 'redis'] as const;

let sandbox: CommandSandbox;
beforeEach(async () => {
  sandbox = await CommandSandbox.make();
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const capturing = await LoopbackCapture.possible();
if (!capturing)
  process.stderr.write('  no packet socket for this user: what goes over the wire is not looked at here\n');

function portsOf({ services, kafka, redis }: UpFile): Record<(typeof SERVERS)[number], number[]> {
  const port = (url: string): number => Number(new URL(url).port);
  return {
    postgres: [port(services.order.databaseUrl)],
    kafka: [...kafka.brokers, ...kafka.certificateBrokers].map((broker) => port(`kafka://${broker}`)),
    redis: [port(redis.url)],
  };
}

async function idsIn({ services }: UpFile, table: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: services.order.databaseUrl });
  await client.connect();
  try {
    return (await client.query<{ id: string }>(`SELECT id FROM ${table}`)).rows.map(({ id }) => id);
  } finally {
    await client.end();
  }
}

/** Places orders, and answers for each server how many of them, and of their products, its connections show. */
async function shownBy(args: readonly string[]) {
  const up = sandbox.start('up', args, OWN_SERVERS);
  const file = await up.upFile();
  const directory = join(sandbox.directory, 'captured');
  await mkdir(directory);
  await using capture = await LoopbackCapture.start(directory, portsOf(file));
  const placing = sandbox.start('place-orders', ['--json', await sandbox.orders(ORDERS)]);
  expect({ code: await placing.ended, output: placing.output }).toMatchObject({ code: 0 });
  for (const page of ['', '?limit=100']) await (await fetch(`${file.services.product.url}/products${page}`)).text();
  const balance = sandbox.start('balance', []);
  expect({ code: await balance.ended, output: balance.output }).toMatchObject({ code: 0 });
  const placed = [...(await readPlaced(runAt(up.runDirectory, file.runId)))];
  expect(placed).toHaveLength(ORDERS);
  const products = await idsIn(file, 'catalog_product');
  const shown = [];
  for (const server of SERVERS) {
    const bytes = await capture.bytes(server);
    const count = (texts: readonly string[]) => texts.filter((text) => bytes.includes(text)).length;
    shown.push({ server, captured: bytes.length > 1_000, orders: count(placed), products: count(products) });
  }
  return { shown, up, file, products: products.length };
}

(capturing ? test : test.skip)(
  'with --secure nothing of an order is read on the way to PostgreSQL, Kafka and Redis (needs root and Python)',
  async () => {
    const { shown, up, file } = await shownBy(['--secure']);
    expect(shown).toEqual(SERVERS.map((server) => ({ server, captured: true, orders: 0, products: 0 })));

    // the server takes nobody in plain text, and the worker has no password to lose
    const url = new URL(file.services.order.databaseUrl);
    url.search = '';
    const plain = new pg.Client({ connectionString: url.href });
    await expect(plain.connect()).rejects.toThrow(/no pg_hba.conf entry for host .* no encryption/u);
    const relay = join(file.databases.relay, 'order');
    for (const name of ['uri', 'ca.crt', 'tls.crt', 'tls.key']) {
      expect([name, (await stat(join(relay, name))).mode & 0o777]).toEqual([name, 0o600]);
    }
    await expect(stat(join(relay, 'password'))).rejects.toThrow('ENOENT');
    up.child.kill('SIGINT');
    expect(await up.ended).toBe(0);
    await expect(stat(relay)).rejects.toThrow('ENOENT');
  },
);

(capturing ? test : test.skip)('without it all of that is read, so the test above would see it', async () => {
  const { shown, products } = await shownBy([]);
  expect(shown).toMatchObject([
    { server: 'postgres', captured: true, orders: ORDERS, products },
    { server: 'kafka', captured: true, orders: ORDERS, products },
    { server: 'redis', captured: true, orders: 0, products: expect.any(Number) },
  ]);
  expect(shown.at(-1)?.products).toBeGreaterThan(0);
});

test('--secure beside servers that are given by URL is refused in one sentence', async () => {
  const up = sandbox.start('up', ['--secure', '--once'], {
    ...OWN_SERVERS,
    INFRA: undefined,
    REDIS_URL: 'redis://r:1',
  });
  expect(await up.ended).toBe(2);
  expect(up.output).toContain('Servers with certificates of their own are started for the run: unset REDIS_URL.');
});
