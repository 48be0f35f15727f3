import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId, type Adjustment, type Order } from '@outrider/contracts';
import { Transactor, type Transaction } from '@outrider/service-kit/database';
import { commandIdOf } from '../../domain/saga-command.js';
import type { Saga } from '../../domain/saga-state.js';
import { orderServiceWith } from '../../order.module.js';
import { openShop, type Product, type Shop } from '../../testing/shop.js';
import { firstLateDeadline, lockSagas, takeDueSagas } from './lock-sagas.js';
import { readLines } from './read-lines.js';
import { storeSagas } from './store-sagas.js';

const ADJUSTMENTS: readonly Adjustment[] = [
  { kind: 'discount', label: 'Discount', amount: -100 },
  { kind: 'shipping', label: 'Shipping', amount: 300 },
];
const NOW = new Date('2026-01-02T03:04:05.678Z');

let shop: Shop;
let things: Product[];

beforeAll(async () => {
  const pricing = { adjustmentsOf: () => ADJUSTMENTS };
  shop = await openShop({ SCAN_EVERY_MS: '3600000' }, {}, orderServiceWith({ pricing }));
  things = [await shop.product({ price: 900 }), await shop.product({ price: 100 }), await shop.product({ price: 400 })];
});
afterAll(() => shop.service.close());

const inTransaction = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> =>
  shop.service.app.get(Transactor).run(work);
const placed = (): Promise<Order> =>
  shop.placed({ items: things.map(({ id: productId }) => ({ productId, quantity: 1 })) });
const held = async (id: string): Promise<Saga | undefined> =>
  inTransaction(async (tx) => (await lockSagas(tx.sql, [id])).held.get(id)?.saga);

test('a new order is stored with the command that it starts with', async () => {
  const { id } = await placed();
  const rows = await shop.service.sql('SELECT command_id, type FROM saga_command WHERE order_id=$1', [id]);
  const type = 'RESERVATION_CREATE_REQUEST';
  expect(rows).toEqual([{ command_id: commandIdOf(id, type), type }]);
});

test('several sagas are read as they were stored, each with its command and its entry of the timeline', async () => {
  const sagas: Saga[] = [];
  for (const { id } of [await placed(), await placed()]) {
    const before = await held(id);
    sagas.push({
      ...before!,
      step: 'AUTHORIZING',
      outcome: 'PAYMENT_FAILED',
      stockCommandId: newId(),
      moneyCommandId: newId(),
      paymentAsked: true,
      cancelRequested: true,
      deadlineAt: new Date(NOW.getTime() + 3),
      attempts: 4,
      retryAt: new Date(NOW.getTime() + 5),
      reservationId: newId(),
      paymentId: newId(),
      capturedAmount: 7,
      refundedAmount: 6,
      why: { code: 'payment-failed', detail: `of ${id}` },
      shortages: [{ productId: newId(), quantity: 2 }],
      action: { redirectUrl: 'https://bank.example/3ds', expiresAt: NOW.toISOString() },
      enteredAt: new Date(NOW.getTime() - 9),
      version: 2,
    });
  }
  const commands = sagas.map(({ orderId }) => {
    const type = 'PAYMENT_CREATE_REQUEST' as const;
    return { orderId, command: { leg: 'money' as const, type, commandId: commandIdOf(orderId, type) } };
  });
  const timeline = sagas.map(({ orderId, version, step, why }) => ({
    orderId,
    version,
    step,
    why,
    at: NOW,
    input: 'RETRY',
    status: 'PAYING' as const,
    eventId: newId(),
    sent: ['PAYMENT_CREATE_REQUEST'],
  }));
  await inTransaction((tx) => storeSagas(tx.sql, { sagas, commands, timeline }, NOW));
  for (const [index, saga] of sagas.entries()) {
    expect(await held(saga.orderId)).toEqual(saga);
    const where = 'WHERE order_id=$1 ORDER BY';
    const [, sent] = await shop.service.sql(`SELECT type FROM saga_command ${where} sent_at DESC`, [saga.orderId]);
    const [, entry] = await shop.service.sql(`SELECT * FROM saga_timeline ${where} version`, [saga.orderId]);
    expect(sent).toEqual({ type: 'PAYMENT_CREATE_REQUEST' });
    const { eventId } = timeline[index]!;
    expect(entry).toMatchObject({
      event_id: eventId,
      sent: ['PAYMENT_CREATE_REQUEST'],
      reason_detail: saga.why?.detail,
    });
  }
});

describe('what is due', () => {
  const due = (tx: Transaction, limit: number) =>
    takeDueSagas(tx.sql, limit, [], new Date(0)).then(({ held: sagas }) => [...sagas.keys()]);
  /** orders that are overdue for so many seconds, and no other is due */
  async function overdue(...seconds: readonly number[]): Promise<string[]> {
    await shop.service.sql(
      `UPDATE saga SET retry_at=now() + interval '1 hour', deadline_at=NULL WHERE due_at IS NOT NULL`,
    );
    const ids: string[] = [];
    for (const late of seconds) {
      const { id } = await placed();
      const time = `now() - $2::int * interval '1 second'`;
      await shop.service.sql(`UPDATE saga SET retry_at=${time}, deadline_at=NULL WHERE order_id=$1`, [id, late]);
      ids.push(id);
    }
    return ids;
  }

  test('is taken the longest overdue first, and what is not due yet is left alone', async () => {
    const [short, long, later] = await overdue(10, 20, -600);
    expect(later).toBeDefined();
    expect(await inTransaction((tx) => due(tx, 1))).toEqual([long]);
    expect(await inTransaction((tx) => due(tx, 10))).toEqual([long, short]);
  });

  test('by its deadline is taken when all before it is handled, and is named while it is not', async () => {
    const [first, second, retried, later] = await overdue(-600, -600, -600, -600);
    await shop.service.sql(
      `UPDATE saga SET deadline_at = date_trunc('ms', now()) - seconds * interval '1 second', retry_at = now() + retry * interval '1 second'
       FROM (VALUES ($1::uuid, 30, 600), ($2, 20, 600), ($3, 10, -1), ($4, -60, 600)) AS t(id, seconds, retry) WHERE order_id = t.id`,
      [first, second, retried, later],
    );
    const taken = (until: Date) =>
      inTransaction(async (tx) => [...(await takeDueSagas(tx.sql, 10, [], until)).held.keys()]);
    const named = (until: Date) => inTransaction((tx) => firstLateDeadline(tx.sql, until));
    const handled = await named(new Date(0));
    expect(await taken(new Date(0))).toEqual([retried]);
    expect(await taken(handled!)).toEqual([first, retried]);
    expect((await named(handled!))!.getTime() - handled!.getTime()).toBe(10_000);
    const ahead = new Date(Date.now() + 3_600_000);
    expect(await taken(ahead)).toEqual([first, second, retried]);
    expect(await named(ahead)).toBeUndefined();
  });

  test('is left to the replica that has locked it', async () => {
    const [short, long] = await overdue(10, 20);
    await inTransaction(async (first) => {
      expect(await due(first, 1)).toEqual([long]);
      expect(await inTransaction((second) => due(second, 10))).toEqual([short]);
    });
  });
});

test('the time is not before the last change of a saga that was waited for', async () => {
  const [one, two] = [await placed(), await placed()];
  const ids = [one.id, two.id].sort();
  let waiting: Promise<Date> | undefined;
  const seen = await inTransaction(async (tx) => {
    await lockSagas(tx.sql, ids.slice(1));
    waiting = inTransaction(async (other) => (await lockSagas(other.sql, ids)).now);
    await shop.service.until('the other one waits', async () => {
      const rows = await shop.service.sql(
        `SELECT 1 FROM pg_stat_activity WHERE datname=current_database() AND wait_event_type='Lock'`,
      );
      return rows.length > 0;
    });
    const { rows } = await tx.sql.query<{ now: string }>(
      'UPDATE saga SET version=version+1 WHERE order_id=$1 RETURNING clock_timestamp()::text AS now',
      ids.slice(1),
    );
    return new Date(rows[0]!.now);
  });
  expect((await waiting!).getTime()).toBeGreaterThanOrEqual(seen.getTime());
});

test('lines keep their order, and those that a version before stored get their part of the adjustments', async () => {
  const { id, lines } = await placed();
  const read = () =>
    inTransaction(async (tx) =>
      (await readLines(tx.sql, [id]))
        .get(id)
        ?.map(({ productId, adjustmentAmount }) => ({ productId, adjustmentAmount })),
    );
  const expected = lines.map(({ productId, adjustmentAmount }) => ({ productId, adjustmentAmount }));
  expect(expected.map(({ productId }) => productId)).toEqual(things.map((thing) => thing.id));
  expect(await read()).toEqual(expected);
  await shop.service.sql('UPDATE order_line SET adjustment_amount=NULL WHERE order_id=$1', [id]);
  expect(await read()).toEqual(expected);
});
