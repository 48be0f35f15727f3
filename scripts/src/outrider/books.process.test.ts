import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { BOOK_DIFFERENCE_KINDS, newId, type BookDifference, type BookDifferenceKind } from '@outrider/contracts';
import pg from 'pg';
import { runAt } from '../run/run-directory.js';
import type { UpFile } from '../run/up-file.js';
import { CommandSandbox, type StartedCommand } from '../testing/started-command.js';

jest.setTimeout(180_000);

let sandbox: CommandSandbox;
beforeEach(async () => {
  sandbox = await CommandSandbox.make();
});
afterEach(() => sandbox[Symbol.asyncDispose]());

/** Looks every moment, and grants next to nothing: what it takes for a difference under load would be a false alarm. */
const IMPATIENT = {
  RECONCILE_EVERY_MS: '200',
  RECONCILE_GRACE_MS: '500',
  // next to nothing of all history, so that what is found is found because it is new
  RECONCILE_SWEEP_ROWS: '1',
  PAYMENT_SCAN_MS: '200',
  PAYMENT_LEDGER_EVERY_MS: '200',
  PAYMENT_LEDGER_GRACE_MS: '500',
  PAYMENT_LEDGER_PER_SECOND: '1000',
};

/** What buyers are shown, and who knows a new product, may well lag by more than that on a busy machine. */
const LAGS: readonly BookDifferenceKind[] = ['stock_shown', 'product_unknown', 'stock_missing'];

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
const STRANGE: ReadonlySet<string> = new Set(['reservation_unknown', 'payment_unknown', 'charge_unreadable']);

/** Plants one difference of each kind. @returns of each, what it is about */
async function plant(sql: Sql): Promise<Record<BookDifferenceKind, string>> {
  const list = async (service: 'order' | 'inventory', text: string) => (await sql(service, text)).split(' ');
  const orders = await list('order', "SELECT string_agg(order_id::text, ' ') FROM saga WHERE status = 'COMPLETED'");
  const products = await list('inventory', "SELECT string_agg(product_id::text, ' ') FROM stock");
  const strangers = [newId(), newId(), newId()];
  const [order, product] = [() => orders.pop()!, () => products.pop()!];
  const about = Object.fromEntries(
    BOOK_DIFFERENCE_KINDS.map((kind) => [
      kind,
      kind.startsWith('stock_') || kind.startsWith('product_')
        ? product()
        : STRANGE.has(kind)
          ? strangers.pop()!
          : order(),
    ]),
  ) as Record<BookDifferenceKind, string>;
  // what payment has lost, changed, or was given is seen from the provider's ledger too
  about.charge_unknown = about.payment_missing;
  about.charge_missing = about.payment_unknown;
  about.charge_differs = about.payment_differs;
  about.ledger_unchecked = '';
  // a refund of order alone is not in payment either, and what has no stock is not known to inventory
  about.refund_differs = about.order_refunds;
  about.product_unknown = about.stock_missing;
  about.restock_differs = about.reservation_differs;
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
    `INSERT INTO refund (id, order_id, requested_by, idempotency_key, amount, restock, reason, status, created_at, updated_at)
     VALUES (gen_random_uuid(), $1, 'me', gen_random_uuid()::text, 1, false, 'none', 'SUCCEEDED', now(), now())`,
  );
  await planted(
    'order',
    'refund_restocked',
    `INSERT INTO refund (id, order_id, requested_by, idempotency_key, amount, requested_amount, lines, restock, restocked,
       reason, status, created_at, updated_at)
     VALUES (gen_random_uuid(), $1, 'me', gen_random_uuid()::text, 1, 2, '[]', true, true, 'none', 'FAILED', now(), now())`,
  );
  await planted(
    'order',
    'dispute_differs',
    `INSERT INTO dispute (order_id, dispute_id, amount, withheld_amount, reason, status, created_at, updated_at)
     VALUES ($1, 'dp_1', 5, 5, 'fraudulent', 'OPEN', now(), now())`,
  );
  await planted('inventory', 'reservation_missing', 'DELETE FROM reservation WHERE order_id = $1');
  await planted('inventory', 'reservation_differs', "UPDATE reservation SET status = 'RELEASED' WHERE order_id = $1");
  await planted(
    'inventory',
    'restock_differs',
    `UPDATE reservation SET lines = jsonb_set(lines, '{0,restocked}', lines->0->'quantity') WHERE order_id = $1`,
  );
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
  // given back by our own books alone
  await planted(
    'order',
    'charge_refunds',
    "UPDATE saga SET refunded_amount = 1, status = 'PARTIALLY_REFUNDED', outcome = 'PARTIALLY_REFUNDED' WHERE order_id = $1",
  );
  const refundId = await planted(
    'order',
    'charge_refunds',
    `INSERT INTO refund (id, order_id, requested_by, idempotency_key, amount, restock, reason, status, created_at, updated_at)
     VALUES (gen_random_uuid(), $1, 'me', gen_random_uuid()::text, 1, false, 'none', 'SUCCEEDED', now(), now()) RETURNING id`,
  );
  const paymentId = await planted(
    'payment',
    'charge_refunds',
    "UPDATE payment SET refunded_amount = 1, status = 'PARTIALLY_REFUNDED' WHERE order_id = $1 RETURNING id",
  );
  await sql(
    'payment',
    `INSERT INTO refund (provider, provider_refund_id, payment_id, refund_id, amount, status, requested_by, created_at)
     VALUES ('simulator', 're_never', $1, $2, 1, 'SUCCEEDED', 'order', now())`,
    [paymentId, refundId],
  );
  // found once, and looked up again at each check: the name is too long for the simulator's HTTP
  await planted(
    'payment',
    'charge_unreadable',
    `INSERT INTO ledger_difference (provider, order_id, reference, kind, expected, seen)
     VALUES ('simulator', $1, repeat('x', 20000), 'charge_unknown', 'none', 'AUTHORIZED')`,
  );
  await planted('inventory', 'stock_missing', 'DELETE FROM stock WHERE product_id = $1');
  await planted('order', 'product_unknown', 'DELETE FROM catalog_product WHERE id = $1');
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

/** Waits until so many whole rounds of the reconciler have begun and ended from now on. */
async function rounds({ services }: UpFile, up: StartedCommand, count: number): Promise<void> {
  const checkedAt = async (): Promise<string> => {
    const text = await (await fetch(services.reconciler.metricsUrl)).text();
    return /^books_checked_timestamp_seconds.* (\S+)$/mu.exec(text)?.[1] ?? '';
  };
  // the one that is on its way began before
  for (let ended = -1; ended < count; ended += 1) {
    const before = await checkedAt();
    await up.until('a round ended', async () => ((await checkedAt()) === before ? undefined : true));
  }
}

/** An order that takes longer to be committed than many rounds take is not passed over by those after it. */
async function lateOrder(file: UpFile, up: StartedCommand, sql: Sql): Promise<void> {
  const like = await sql('order', "SELECT order_id FROM saga WHERE status = 'COMPLETED' LIMIT 1");
  const id = newId();
  const client = new pg.Client({ connectionString: file.services.order.databaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    for (const [table, key] of [
      ['orders', 'id'],
      ['saga', 'order_id'],
      ['order_line', 'order_id'],
    ] as const) {
      const columns = await sql(
        'order',
        `SELECT string_agg(column_name, ', ') FROM information_schema.columns
         WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER'`,
        [table],
      );
      await client.query(
        `INSERT INTO ${table} (${columns}) SELECT ${columns.replaceAll(/\w+/gu, 'r.$&')} FROM ${table} t,
           jsonb_populate_record(t, jsonb_build_object('${key}', $2::uuid, 'idempotency_key', 'late', 'reference', null)) r
         WHERE t.${key} = $1`,
        [like, id],
      );
    }
    await rounds(file, up, 3);
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
  await rounds(file, up, 1);
  expect(await gauges(file)).toMatchObject({ reservation_missing: 1, payment_missing: 1 });
  for (const [table, key] of [
    ['order_line', 'order_id'],
    ['saga', 'order_id'],
    ['orders', 'id'],
  ] as const) {
    await sql('order', `DELETE FROM ${table} WHERE ${key} = $1`, [id]);
  }
  await rounds(file, up, 1);
  expect(await gauges(file)).toMatchObject({ reservation_missing: 0, payment_missing: 0 });
}

test('the books agree under load, and one planted difference of each kind is found, reported, and forgotten', async () => {
  const up = sandbox.start('up', ['--orders', await sandbox.orders(60)], IMPATIENT);
  const file = await up.upFile();
  await up.until('the verdict', () => up.output.includes('Everything is as it should be.') || undefined);
  const books = async () => {
    const command = sandbox.start('outrider', ['books', '--json', '--since', '1h'], { ...IMPATIENT });
    const code = await command.ended;
    return { code, found: JSON.parse(command.stdout) as BookDifference[] };
  };
  const none = Object.fromEntries(BOOK_DIFFERENCE_KINDS.map((kind) => [kind, 0]));
  expect(await books()).toEqual({ code: 0, found: [] });
  expect(await gauges(file)).toEqual(none);
  const log = await readFile(join(runAt(up.runDirectory, file.runId).logs, 'reconciler.log'), 'utf8');
  const told = log
    .split('\n')
    .filter((line) => line.includes('differ') && !LAGS.some((kind) => line.includes(`"${kind}"`)));
  expect(told).toEqual([]);
  expect(log).not.toContain('failed');

  const sql = sqlOf(file);
  await lateOrder(file, up, sql);
  const about = await plant(sql);
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
  await up.until('each kind was reported', async () =>
    Object.values(await gauges(file)).every((count) => count >= 1) ? true : undefined,
  );
  const { code, found } = await books();
  expect(code).toBe(1);
  expect(found.map(({ kind, orderId, productId }) => [kind, orderId ?? productId ?? '']).sort()).toEqual(
    Object.entries(about).sort(),
  );
  expect(await gauges(file)).toEqual(Object.fromEntries(BOOK_DIFFERENCE_KINDS.map((kind) => [kind, 1])));

  await sql('inventory', 'UPDATE stock SET on_hand = on_hand - 1 WHERE product_id = $1', [about.stock_level]);
  // 1 had been given back instead of 2, and came back: what was asked for makes it good
  await sql(
    'order',
    `INSERT INTO refund (id, order_id, requested_by, idempotency_key, amount, restock, reason, status, created_at, updated_at)
     VALUES (gen_random_uuid(), $1, 'me', gen_random_uuid()::text, 2, false, 'again', 'SUCCEEDED', now(), now())`,
    [about.refund_restocked],
  );
  await up.until('what is right again was forgotten', async () => {
    const { stock_level: stock, refund_restocked: refunds } = await gauges(file);
    return stock === 0 && refunds === 0 ? true : undefined;
  });
});
