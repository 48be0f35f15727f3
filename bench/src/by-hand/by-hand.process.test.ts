import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Screen } from '@outrider/scripts/cli/screen';
import { Customers } from '@outrider/scripts/orders/customers';
import { placeOrder } from '@outrider/scripts/orders/place-order';
import { runOrders } from '@outrider/scripts/orders/run-orders';
import { startInfra, until, withClient, type Infra } from '@outrider/testkit';
import { ordersOf } from '../orders-round.js';
import { SHARDS } from './outbox.js';
import { startByHand, type ByHand } from './start-by-hand.js';

const ORDERS = 300;
const PRODUCTS = 5;
const LEASE_MS = 2_000;

let undo: AsyncDisposableStack;
let infra: Infra;
let root: string;
beforeEach(async () => {
  undo = new AsyncDisposableStack();
  root = await mkdtemp(join(tmpdir(), 'by-hand-'));
  undo.defer(() => rm(root, { recursive: true }));
  infra = await startInfra({ durable: false });
  undo.defer(() => infra.stop());
});
afterEach(() => undo.disposeAsync());

const start = (payments: string): Promise<ByHand> =>
  startByHand({ infra, root, relays: 2, leaseMs: LEASE_MS, payments, undo });

async function read<R>(url: string, sql: string): Promise<R[]> {
  return withClient(url, async (client) => (await client.query(sql)).rows as R[]);
}

async function ownersOf(running: ByHand): Promise<string[]> {
  const owners = await Promise.all(
    Object.values(running.databaseUrls).map((url) =>
      read<{ owner: string }>(url, `SELECT owner FROM outbox_lease WHERE lease_until>now()`),
    ),
  );
  return owners.flat().map(({ owner }) => owner);
}

async function relayOf(running: ByHand, place: 0 | 1): Promise<number> {
  return running.relays[place]?.pid ?? 0;
}

test('orders of the program that is written by hand end once each while a relay is killed, and the books balance', async () => {
  const running = await start('declines=10,duplicates=30,timeouts=3');
  const { databaseUrls, up } = running;
  const [victim, survivor] = [await relayOf(running, 0), await relayOf(running, 1)];
  await until('both relays hold their part', async () => {
    const owners = await ownersOf(running);
    return owners.length === 4 * SHARDS && new Set(owners).size === 2;
  });
  const file = ordersOf(ORDERS, 'hand', (order) => `SKU-${order % PRODUCTS}`);
  // of a fifth there is no stock
  const carrying = runOrders({
    running,
    file,
    stockPercent: 80,
    concurrency: 16,
    screen: new Screen(process.stderr),
    signal: new AbortController().signal,
  });
  await until('orders are under way', async () => {
    const [row] = await read<{ n: number }>(
      databaseUrls.order,
      `SELECT count(*)::int AS n FROM orders WHERE step='DONE'`,
    );
    return (row?.n ?? 0) > ORDERS / 10;
  });
  process.kill(victim, 'SIGKILL');
  const { orders } = await carrying;
  const owners = await ownersOf(running);
  expect(owners).toEqual(Array.from({ length: 4 * SHARDS }, () => `relay-${survivor}`));

  const ended = (status: string) => orders.filter((order) => order.status === status);
  const [completed, failed, unpaid] = [ended('COMPLETED'), ended('FAILED'), ended('PAYMENT_FAILED')];
  expect(completed.length + failed.length + unpaid.length).toBe(ORDERS);
  expect(unpaid.length).toBeGreaterThan(0);
  expect(completed.length).toBeGreaterThan(0);

  const [stock] = await read<{ gone: number; reserved: number }>(
    databaseUrls.inventory,
    'SELECT (SELECT -sum(delta)::int FROM movement) AS gone, (SELECT sum(reserved)::int FROM stock) AS reserved',
  );
  const [left] = await read<{ n: number }>(databaseUrls.inventory, 'SELECT sum(on_hand)::int AS n FROM stock');
  expect(stock).toEqual({ gone: completed.length, reserved: 0 });
  expect(left?.n).toBe((ORDERS * 80) / 100 - completed.length);

  const ledger = (await (await fetch(`${up.simulator.url}/ledger`)).json()) as {
    data: { reference: string; status: string; capturedAmount: number }[];
  };
  const captured = ledger.data.filter(({ status }) => status === 'CAPTURED');
  expect(captured.map(({ reference }) => reference).toSorted()).toEqual(completed.map(({ id }) => id).toSorted());
  expect(captured.reduce((sum, { capturedAmount }) => sum + capturedAmount, 0)).toBe(
    completed.reduce((sum, { total }) => sum + total, 0),
  );
  const open = await read(databaseUrls.payment, 'SELECT order_id FROM payment WHERE command IS NOT NULL');
  expect(open).toEqual([]);
  for (const url of Object.values(databaseUrls)) {
    await until('the outbox is empty', async () => (await read(url, 'SELECT id FROM outbox LIMIT 1')).length === 0);
  }
  await until('the catalogue shows what is left', async () => {
    const [shown] = await read<{ n: number }>(databaseUrls.product, 'SELECT sum(available)::int AS n FROM stock');
    return shown?.n === left?.n;
  });
}, 180_000);

test('a POST that is repeated under its key is one order; another one under that key is refused', async () => {
  const running = await start('');
  const { up, identity } = running;
  const signal = new AbortController().signal;
  const file = ordersOf(1, 'warm', () => 'SKU');
  const { orders } = await runOrders({
    running,
    file,
    stockPercent: 900,
    concurrency: 1,
    screen: new Screen(process.stderr),
    signal,
  });
  const productId = orders[0]?.lines[0]?.productId ?? '';
  const token = await new Customers(identity).token('somebody');
  const placing = (quantity: number) =>
    placeOrder({
      orderUrl: up.services.order.url,
      token,
      order: {
        orderId: 'twice',
        customer: 'somebody',
        date: '2026-01-01',
        lines: [{ sku: 'SKU', quantity, unitPriceCents: 100 }],
      },
      productIds: new Map([['SKU', productId]]),
      expectTotal: true,
      signal,
    });
  const placed = await Promise.all(Array.from({ length: 20 }, () => placing(1)));
  expect(new Set(placed.map(({ order }) => order.id)).size).toBe(1);
  expect(placed.filter(({ before }) => before)).toHaveLength(19);
  await expect(placing(2)).rejects.toThrow('idempotency-key-reused');
  const count = await read(running.databaseUrls.order, 'SELECT id FROM orders');
  expect(count).toHaveLength(2);
}, 120_000);
