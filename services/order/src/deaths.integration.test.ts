import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Transactor, type SqlClient, type Transaction } from '@outrider/service-kit/database';
import { openShop, type Product, type Shop } from './testing/shop.js';

describe('F05 the connection dies at a statement', () => {
  let shop: Shop;
  let thing: Product;
  /** the statement of the next transaction at which it dies; 0 = at none */
  let dieAt = 0;

  beforeAll(async () => {
    shop = await openShop({ LOG_LEVEL: 'silent', SCAN_EVERY_MS: '3600000' });
    thing = await shop.product();
    const transactor = shop.service.app.get(Transactor);
    const run = transactor.run.bind(transactor);
    transactor.run = <T>(work: (tx: Transaction) => Promise<T>, tries?: number): Promise<T> =>
      run((tx) => work(dying(tx)), tries);
  });
  afterAll(() => shop.service.close());

  function dying(tx: Transaction): Transaction {
    let count = 0;
    const then = (sql: SqlClient): SqlClient => ({
      async query(text, values) {
        const result = await sql.query(text, values);
        count += 1;
        if (count === dieAt) {
          dieAt = 0;
          await tx.sql.query('SELECT pg_terminate_backend(pg_backend_pid())');
        }
        return result as never;
      },
    });
    return { ...tx, sql: then(tx.sql), unread: then(tx.unread) };
  }

  const written = async () =>
    (
      await shop.service.sql<Record<string, number>>(
        `SELECT (SELECT count(*)::int FROM orders) AS orders, (SELECT count(*)::int FROM order_line) AS lines,
          (SELECT count(*)::int FROM saga) AS sagas, (SELECT count(*)::int FROM saga_command) AS commands,
          (SELECT count(*)::int FROM saga_timeline) AS timeline, (SELECT count(*)::int FROM refund) AS refunds, (SELECT count(*)::int FROM outbox_event) AS events,
          (SELECT count(*)::int FROM idempotency_record) AS answers`,
      )
    )[0]!;

  test.each([1, 2, 3, 4])('%i of accepting an order: nothing is written, and the same request succeeds', async (at) => {
    const before = await written();
    const key = randomUUID();
    const want = () => shop.place({ items: [{ productId: thing.id, quantity: 1 }], key });
    dieAt = at;
    const died = await want();
    expect(died.status).toBeGreaterThanOrEqual(500);
    expect(JSON.stringify(died.body)).not.toMatch(/terminat|57P01|administrator/u);
    expect(await written()).toEqual(before);
    expect((await want()).status).toBe(201);
    expect(await written()).toEqual({
      orders: before['orders']! + 1,
      lines: before['lines']! + 1,
      sagas: before['sagas']! + 1,
      commands: before['commands']! + 1,
      timeline: before['timeline']! + 1,
      events: before['events']! + 2,
      answers: before['answers']! + 1,
      refunds: before['refunds']!,
    });
  });

  // the inbox's own statements come first: wherever it dies, the batch comes again and has its effects once
  test.each([1, 2, 3, 4, 5])('%i of taking in an answer: the answer takes effect once all the same', async (at) => {
    const order = await shop.placed({ items: [{ productId: thing.id, quantity: 1 }] });
    dieAt = at;
    await shop.stock.refuses(order);
    await shop.becomes(order.id, 'FAILED');
    expect(dieAt).toBe(0);
    expect(await shop.order(order.id)).toMatchObject({ version: 2 });
    expect(await shop.sent(order.id)).toEqual(['RESERVATION_CREATE_REQUEST', 'ORDER_PLACED', 'ORDER_FAILED']);
  });

  const asAdmin = async (path: string, body?: object, key: string = randomUUID()) =>
    shop.service.call('POST', path, {
      token: await shop.service.token('boss', 'admin'),
      headers: { 'idempotency-key': key },
      ...(body && { body }),
    });

  test.each([1, 2])('%i of cancelling: nothing is changed, and the same request succeeds', async (at) => {
    const order = await shop.placed({ items: [{ productId: thing.id, quantity: 1 }] });
    const before = await written();
    dieAt = at;
    expect((await asAdmin(`/orders/${order.id}/cancel`)).status).toBeGreaterThanOrEqual(500);
    expect(dieAt).toBe(0);
    expect(await written()).toEqual(before);
    expect(await shop.order(order.id)).toEqual(order);
    expect((await asAdmin(`/orders/${order.id}/cancel`)).status).toBe(202);
    expect((await shop.sent(order.id)).slice(2)).toEqual(['RESERVATION_RELEASE_REQUEST']);
  });

  test.each([1, 2, 3, 4, 5, 6, 7])(
    '%i of refunding: nothing is changed, and the same request succeeds once',
    async (at) => {
      const order = await shop.completed({ items: [{ productId: thing.id, quantity: 1 }] });
      const before = await written();
      const key = randomUUID();
      const want = () => asAdmin(`/orders/${order.id}/refunds`, { amount: order.total, reason: 'r' }, key);
      dieAt = at;
      expect((await want()).status).toBeGreaterThanOrEqual(500);
      expect(dieAt).toBe(0);
      expect(await written()).toEqual(before);
      expect(await shop.order(order.id)).toEqual(order);
      const refund = await want();
      expect(refund.status).toBe(201);
      expect((await want()).body).toEqual(refund.body);
      expect(await shop.service.sql('SELECT id FROM refund WHERE order_id=$1', [order.id])).toEqual([
        { id: refund.body.refundId },
      ]);
      expect((await shop.sent(order.id)).slice(6)).toEqual(['PAYMENT_REFUND_REQUEST']);
    },
  );

  test.each([1, 2, 3, 4, 5, 6])('%i of taking in a refund’s answer: it is counted once', async (at) => {
    const order = await shop.completed({ items: [{ productId: thing.id, quantity: 2 }] });
    const { body: refund } = await asAdmin(`/orders/${order.id}/refunds`, { amount: 1, reason: 'r' });
    dieAt = at;
    await shop.refunds.pays(order, refund);
    expect(await shop.becomes(order.id, 'PARTIALLY_REFUNDED')).toMatchObject({ refundedTotal: 1, version: 7 });
    expect(dieAt).toBe(0);
    expect((await shop.sent(order.id)).slice(6)).toEqual(['PAYMENT_REFUND_REQUEST', 'ORDER_REFUNDED']);
    expect(await shop.service.sql('SELECT status FROM refund WHERE order_id=$1', [order.id])).toEqual([
      { status: 'SUCCEEDED' },
    ]);
  });
});
