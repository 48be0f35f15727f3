import { randomUUID } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { orderSchema, type Order } from '@outrider/contracts';
import { startCollector, traceText, type CollectedSpan, type Collector } from '@outrider/testkit/otlp';
import pg from 'pg';
import { z } from 'zod';
import { call } from '../api/call.js';
import { releaseVersion } from '../release/find-versions.js';
import { PROJECT_ROOT } from '../run/project.js';
import type { UpFile } from '../run/up-file.js';
import { leaksIn } from '../testing/find-leaks.js';
import { CommandSandbox, type StartedCommand } from '../testing/started-command.js';

jest.setTimeout(280_000);

/** What stands in every field that holds a secret, or something about a person. */
const MARK = 'MarkedAsPrivate';
/** A payment of this amount cannot be stored while the test says so. */
const POISONED_PRICE = 777;

let sandbox: CommandSandbox;
let collector: Collector;
/** each test has its own time: the first one's may be most of what a whole file is given on a busy machine */
let signal: AbortSignal;
beforeEach(async () => {
  signal = AbortSignal.timeout(270_000);
  sandbox = await CommandSandbox.make();
  collector = await startCollector();
});
afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
  await collector.close();
});

interface Shop {
  readonly up: StartedCommand;
  readonly file: UpFile;
  readonly customer: string;
}

async function openShop(replicas: number, ...args: readonly string[]): Promise<Shop> {
  const up = sandbox.start('up', ['--replicas', String(replicas), ...args], {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER_ARG: '1',
    SCAN_EVERY_MS: '200',
  });
  const file = await up.upFile();
  const token = sandbox.start('token', ['--sub', `${MARK}-customer`]);
  await token.ended;
  return { up, file, customer: token.stdout.trim() };
}

async function product({ file }: Shop, price: number): Promise<string> {
  const { body } = await call({
    method: 'POST',
    url: `${file.services.product.url}/products`,
    token: file.tokens.admin,
    idempotencyKey: `${MARK}-${randomUUID()}`,
    body: { sku: randomUUID().slice(0, 8), name: 'A thing', price, currency: 'EUR', initialStock: 1_000 },
    answer: z.object({ id: z.string() }),
    signal,
  });
  return body.id;
}

async function place({ file, customer }: Shop, productId: string): Promise<Order> {
  const { body } = await call({
    method: 'POST',
    url: `${file.services.order.url}/orders`,
    token: customer,
    idempotencyKey: `${MARK}-${randomUUID()}`,
    body: {
      items: [{ productId, quantity: 1 }],
      currency: 'EUR',
      paymentMethod: `pm_${MARK}`,
      reference: `${MARK} reference`,
      metadata: { [`${MARK}_name`]: `${MARK} Street 1` },
    },
    answer: orderSchema,
    signal,
  });
  return body;
}

function end({ up, file }: Shop, { id }: Order): Promise<string> {
  const url = `${file.services.order.url}/orders/${id}`;
  return up.until(`order ${id} ended`, async () => {
    const { body } = await call({ method: 'GET', url, token: file.tokens.admin, answer: orderSchema, signal });
    return ['COMPLETED', 'PAYMENT_FAILED'].includes(body.status) ? body.status : undefined;
  });
}

async function inDatabase<R extends object>(url: string, text: string, values: unknown[] = []): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** The ids of all events about an order, from the outboxes. */
async function eventsOf({ file }: Shop, { id }: Order): Promise<string[]> {
  const { order, inventory, payment } = file.services;
  const found = await Promise.all(
    [order, inventory, payment].map(({ databaseUrl }) =>
      inDatabase<{ event_id: string }>(databaseUrl, 'SELECT event_id FROM outbox_event WHERE msg_key = $1', [id]),
    ),
  );
  return found.flat().map((row) => row.event_id);
}

const spansOf = ({ id }: Order): CollectedSpan[] => {
  const about = collector.spans.filter(({ attributes }) => attributes['outrider.order.id'] === id);
  const [traceId, ...others] = new Set(about.map((span) => span.traceId));
  expect(others).toEqual([]);
  return collector.spans.filter((span) => span.traceId === traceId);
};

/** The spans that stand below nothing: of a whole trace that is the request alone. */
const loose = (spans: readonly CollectedSpan[]): string[] => {
  const known = new Set(spans.map(({ spanId }) => spanId));
  return spans.filter(({ parentSpanId: id }) => id === undefined || !known.has(id)).map(({ name }) => name);
};

const eventIdsOf = (spans: readonly CollectedSpan[], what: string): Set<unknown> =>
  new Set(spans.filter(({ name }) => name.startsWith(what)).map(({ attributes }) => attributes['outrider.event.id']));

/** Waits until the trace of an order holds everything: a process sends what ended in the last second. */
function whole(shop: Shop, order: Order, published: 'all' | 'most'): Promise<CollectedSpan[]> {
  return shop.up.until('the trace is whole', async () => {
    const events = await eventsOf(shop, order);
    const spans = spansOf(order);
    const [appended, sent, handled] = ['append ', 'publish ', 'handle '].map((what) => eventIdsOf(spans, what));
    // lifecycle events are for programs outside
    const internal = events.filter(
      (id) => !spans.some(({ name, attributes }) => name.includes('ORDER_') && attributes['outrider.event.id'] === id),
    );
    const complete =
      events.every((id) => appended?.has(id) === true) &&
      internal.every((id) => handled?.has(id) === true) &&
      (published === 'most' || events.every((id) => sent?.has(id) === true));
    return complete && loose(spans).join() === 'POST /orders' ? spans : undefined;
  });
}

async function everythingWritten({ up, file }: Shop): Promise<string> {
  const runs = join(up.runDirectory);
  const names = (await readdir(runs, { recursive: true })).filter((name) => name.endsWith('.log'));
  expect(names.length).toBeGreaterThan(5);
  const logs = await Promise.all(names.map((name) => readFile(join(runs, name), 'utf8')));
  const urls = Object.values(file.services).flatMap(({ metricsUrls }) => metricsUrls);
  const metrics = await Promise.all(urls.map(async (url) => (await fetch(url)).text()));
  return [up.output, ...logs, ...metrics, ...collector.raw].join('\n');
}

/** Kept where a person asks for it: docs/tracing.md shows them. */
async function keep(name: string, spans: readonly CollectedSpan[]): Promise<void> {
  const folder = process.env['TRACE_TEXTS'];
  if (folder !== undefined) await writeFile(join(folder, `${name}.txt`), `${traceText(spans)}\n`);
}

test('one trace from the request to the end, over three replicas of all, though a worker is killed; nothing private in it', async () => {
  const shop = await openShop(3, '--payments', 'declines=30', '--seed', '5');
  const thing = await product(shop, 500);
  const orders: Order[] = [];
  for (let n = 0; n < 20; n += 1) orders.push(await place(shop, thing));
  const [victim] = shop.file.services['outbox-worker'].pids;
  process.kill(victim!, 'SIGKILL');
  const later: Order[] = [];
  for (let n = 0; n < 20; n += 1) later.push(await place(shop, thing));
  const ends = await Promise.all([...orders, ...later].map((order) => end(shop, order)));
  expect(new Set(ends)).toEqual(new Set(['COMPLETED', 'PAYMENT_FAILED']));

  for (const [index, order] of [...orders, ...later].entries()) {
    // what the killed worker had sent in its last second, it could not export
    const spans = await whole(shop, order, 'most');
    expect(loose(spans)).toEqual(['POST /orders']);
    const processes = [...new Set(spans.map(({ service }) => service))];
    expect(processes).toEqual(expect.arrayContaining(['order', 'inventory', 'payment']));
    expect(spans.filter(({ failed }) => failed)).toEqual([]);
    expect(spans.some(({ name }) => name === 'provider AUTHORIZE')).toBe(true);
    expect(new Set(spans.map(({ version }) => version))).toEqual(new Set([await releaseVersion(PROJECT_ROOT)]));
    if (index === 39) await whole(shop, order, 'all');
  }
  const all = [...orders, ...later];
  await keep('completed', spansOf(all[ends.lastIndexOf('COMPLETED')]!));
  await keep('compensated', spansOf(all[ends.lastIndexOf('PAYMENT_FAILED')]!));

  const written = await everythingWritten(shop);
  expect(written).toContain('trace_spans_exported_total');
  const databasePassword = decodeURIComponent(new URL(shop.file.services.order.databaseUrl).password);
  // one that is as short as `postgres` stands everywhere
  const secret = databasePassword.length > 12 ? databasePassword : '';
  expect(leaksIn(written, [MARK, shop.customer, shop.file.tokens.admin, secret])).toEqual([]);
});

test('an order that waited as a dead letter goes on in its trace, as the log says with its ids', async () => {
  const shop = await openShop(1);
  const { databaseUrl } = shop.file.services.payment;
  await inDatabase(
    databaseUrl,
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
     CREATE TRIGGER refuse BEFORE INSERT ON payment FOR EACH ROW WHEN (NEW.amount = ${POISONED_PRICE}) EXECUTE FUNCTION refuse()`,
  );
  const order = await place(shop, await product(shop, POISONED_PRICE));
  await shop.up.until('the key is RETRYING', async () => {
    const set = `UPDATE inbox_key_state SET next_attempt_at = NULL WHERE msg_key = $1 AND attempt_count >= 1 RETURNING 1`;
    return (await inDatabase(databaseUrl, set, [order.id])).length > 0 ? true : undefined;
  });
  await inDatabase(databaseUrl, 'DROP TRIGGER refuse ON payment');
  const retry = sandbox.start('outrider', ['inbox', 'retry', 'payment-event', order.id, '--service', 'payment']);
  expect({ code: await retry.ended, output: retry.output }).toMatchObject({ code: 0 });
  expect(await end(shop, order)).toBe('COMPLETED');

  const spans = await whole(shop, order, 'all');
  expect(loose(spans)).toEqual(['POST /orders']);
  const handled = spans.filter(({ name }) => name === 'handle PAYMENT_CREATE_REQUEST');
  expect(handled.some(({ failed }) => failed)).toBe(true);
  expect(handled.filter(({ failed }) => !failed)).toHaveLength(1);
  await keep('retried', spans);

  const written = await everythingWritten(shop);
  const lines = written.split('\n').filter((line) => line.includes('its key is RETRYING'));
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 'error',
    orderId: order.id,
    eventId: handled[0]!.attributes['outrider.event.id'],
    traceId: spans[0]!.traceId,
  });
});
