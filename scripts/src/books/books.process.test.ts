import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { BOOK_DIFFERENCE_KINDS, newId, type BookDifference, type BookDifferenceKind } from '@outrider/contracts';
import pg from 'pg';
import { runAt } from '../run/run-directory.js';
import type { UpFile } from '../run/up-file.js';
import { CommandRoom } from '../testing/started-command.js';

jest.setTimeout(180_000);

let room: CommandRoom;
beforeEach(async () => {
  room = await CommandRoom.make();
});
afterEach(() => room[Symbol.asyncDispose]());

/** Looks every moment, and grants next to nothing: what it takes for a difference under load would be a false alarm. */
const IMPATIENT = {
  RECONCILE_EVERY_MS: '200',
  RECONCILE_GRACE_MS: '500',
  PAYMENT_SCAN_MS: '200',
  PAYMENT_LEDGER_EVERY_MS: '200',
  PAYMENT_LEDGER_GRACE_MS: '500',
  PAYMENT_LEDGER_PER_SECOND: '1000',
};

type Sql = (
  service: 'order' | 'inventory' | 'payment' | 'product',
  text: string,
  values?: unknown[],
) => Promise<string>;

/** Runs a statement; answers the first value of its first row. */
function sqlOf({ services }: UpFile): Sql {
  return async (service, text, values = []) => {
    const client = new pg.Client({ connectionString: services[service].databaseUrl });
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, string>>(text, values);
      return Object.values(rows[0] ?? {})[0] ?? '';
    } finally {
      await client.end();
    }
  };
}

const CHARGES = BOOK_DIFFERENCE_KINDS.filter((kind) => kind.startsWith('charge_'));
const STRANGE: ReadonlySet<string> = new Set(['reservation_unknown', 'payment_unknown']);

/** Plants one difference of each kind. @returns of each, what it is about */
async function plant(sql: Sql, simulatorUrl: string): Promise<Record<BookDifferenceKind, string>> {
  const list = async (service: 'order' | 'inventory', text: string) => (await sql(service, text)).split(' ');
  const orders = await list('order', "SELECT string_agg(order_id::text, ' ') FROM saga WHERE status = 'COMPLETED'");
  const products = await list('inventory', "SELECT string_agg(product_id::text, ' ') FROM stock");
  const strangers = [newId(), newId()];
  const [order, product] = [() => orders.pop()!, () => products.pop()!];
  const about = Object.fromEntries(
    BOOK_DIFFERENCE_KINDS.map((kind) => [
      kind,
      kind.startsWith('stock_') ? product() : STRANGE.has(kind) ? strangers.pop()! : order(),
    ]),
  ) as Record<BookDifferenceKind, string>;
  // what payment has lost, changed, or was given is seen from the provider's ledger too
  about.charge_unknown = about.payment_missing;
  about.charge_missing = about.payment_unknown;
  about.charge_differs = about.payment_differs;
  about.ledger_unchecked = '';
  const planted = (service: Parameters<Sql>[0], kind: BookDifferenceKind, text: string) =>
    sql(service, text, [about[kind]]);
  await planted(
    'order',
    'order_open',
    `UPDATE saga SET step = 'CAPTURING', status = 'PAID', retry_at = now() + interval '1 day',
       entered_at = now() - interval '2 hours' WHERE order_id = $1`,
  );
  await planted('order', 'order_total', 'UPDATE order_line SET unit_price = unit_price + 1 WHERE order_id = $1');
  await planted(
    'order',
    'order_refunds',
    `INSERT INTO refund SELECT gen_random_uuid(), $1, 'me', 'key', 1, NULL, false, 'none', 'SUCCEEDED', NULL, now(), now()`,
  );
  await planted('inventory', 'reservation_missing', 'DELETE FROM reservation WHERE order_id = $1');
  await planted('inventory', 'reservation_differs', "UPDATE reservation SET status = 'RELEASED' WHERE order_id = $1");
  await planted(
    'inventory',
    'reservation_unknown',
    `INSERT INTO reservation (order_id, id, status, lines, version) VALUES ($1, gen_random_uuid(), 'RELEASED', '[]', 1)`,
  );
  await planted('payment', 'payment_missing', 'DELETE FROM payment_command WHERE order_id = $1');
  await planted('payment', 'payment_missing', 'DELETE FROM payment WHERE order_id = $1');
  await planted(
    'payment',
    'payment_differs',
    'UPDATE payment SET captured_amount = captured_amount - 1 WHERE order_id = $1',
  );
  await planted(
    'payment',
    'payment_unknown',
    `INSERT INTO payment (id, order_id, status, amount, currency, captured_amount, refunded_amount, provider, released)
     VALUES (gen_random_uuid(), $1, 'CAPTURED', 5, 'EUR', 5, 0, 'simulator', false)`,
  );
  const charge = await planted(
    'payment',
    'charge_refunds',
    'SELECT provider_reference FROM payment WHERE order_id = $1',
  );
  const refund = await fetch(`${simulatorUrl}/authorizations/${charge}/refund`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': newId() },
    body: JSON.stringify({ amount: 1 }),
  });
  expect(refund.status).toBe(200);
  await planted('inventory', 'stock_missing', 'DELETE FROM stock WHERE product_id = $1');
  await planted('inventory', 'stock_level', 'UPDATE stock SET on_hand = on_hand + 1 WHERE product_id = $1');
  await planted(
    'inventory',
    'stock_movements',
    'UPDATE stock_movement SET on_hand_delta = on_hand_delta + 1 WHERE product_id = $1 AND version = 1',
  );
  // dated ahead, so that nobody asks yet where its order is
  await planted(
    'inventory',
    'stock_reserved',
    `INSERT INTO reservation (order_id, id, status, lines, expires_at, version, created_at)
     VALUES (gen_random_uuid(), gen_random_uuid(), 'RESERVED', json_build_array(json_build_object('productId', $1::uuid,
       'quantity', 3, 'restocked', 0)), now() + interval '1 day', 1, now() + interval '1 day')`,
  );
  await planted('product', 'stock_shown', 'UPDATE product_stock SET available = 7, on_hand = 7 WHERE product_id = $1');
  return about;
}

async function gauges({ services }: UpFile): Promise<Record<string, number>> {
  const text = await (await fetch(services.reconciler.metricsUrl)).text();
  return Object.fromEntries(
    [...text.matchAll(/^books_difference\{kind="(\w+)".*\} (\d+)$/gmu)].map(([, kind, value]) => [kind, Number(value)]),
  );
}

test('the books agree under load, and one planted difference of each kind is found, told of, and forgotten', async () => {
  const up = room.start('up', ['--orders', await room.orders(60)], IMPATIENT);
  const file = await up.upFile();
  await up.until('the verdict', () => up.output.includes('Everything is as it should be.') || undefined);
  const books = async () => {
    const command = room.start('outrider', ['books', '--json', '--since', '1h'], { ...IMPATIENT });
    const code = await command.ended;
    return { code, found: JSON.parse(command.stdout) as BookDifference[] };
  };
  const none = Object.fromEntries(BOOK_DIFFERENCE_KINDS.map((kind) => [kind, 0]));
  expect(await books()).toEqual({ code: 0, found: [] });
  expect(await gauges(file)).toEqual(none);
  const log = await readFile(join(runAt(up.runDirectory, file.runId).logs, 'reconciler.log'), 'utf8');
  // what buyers are shown may well lag by more than that on a busy machine
  const told = log.split('\n').filter((line) => line.includes('differ') && !line.includes('"stock_shown"'));
  expect(told).toEqual([]);
  expect(log).not.toContain('failed');

  const sql = sqlOf(file);
  const about = await plant(sql, file.simulator.url);
  await up.until('the provider’s ledger was checked', async () => {
    const found = await gauges(file);
    return CHARGES.every((kind) => found[kind] === 1) ? true : undefined;
  });
  // held by one that never comes back, and never checked since
  await sql(
    'payment',
    `UPDATE ledger_check SET owner = 'nobody', lease_until = now() + interval '1 day', checked_at = now() - interval '1 hour'`,
  );
  // as old as what is looked at must be
  await up.until('each kind was told of', async () =>
    Object.values(await gauges(file)).every((count) => count >= 1) ? true : undefined,
  );
  const { code, found } = await books();
  expect(code).toBe(1);
  expect(found.map(({ kind, orderId, productId }) => [kind, orderId ?? productId ?? '']).sort()).toEqual(
    Object.entries(about).sort(),
  );
  expect(await gauges(file)).toEqual(Object.fromEntries(BOOK_DIFFERENCE_KINDS.map((kind) => [kind, 1])));

  await sql('inventory', 'UPDATE stock SET on_hand = on_hand - 1 WHERE product_id = $1', [about.stock_level]);
  await up.until('what is right again was forgotten', async () =>
    (await gauges(file))['stock_level'] === 0 ? true : undefined,
  );
});
