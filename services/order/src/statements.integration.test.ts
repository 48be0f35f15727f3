import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId, type Order } from '@outrider/contracts';
import { Transactor, type SqlClient, type Transaction } from '@outrider/service-kit/database';
import { AdvanceDueSagas } from './commands/advance-due-sagas.js';
import { AdvanceSagas } from './commands/advance-sagas.js';
import type { SagaMessage } from './commands/apply-inputs.js';
import type { SagaInput } from './domain/saga-input.js';
import { commandIdOf } from './domain/saga-command.js';
import { openShop, type Shop } from './testing/shop.js';

const ORDERS = 60;

describe('statements, besides BEGIN, COMMIT and the one that writes all events', () => {
  let shop: Shop;
  let productId: string;
  let statements: string[] = [];

  beforeAll(async () => {
    // its own scanner stays away; retries are due at once
    shop = await openShop({ SCAN_EVERY_MS: '3600000', COMMAND_RETRY_FIRST_MS: '1', COMMAND_RETRY_LONGEST_MS: '1' });
    productId = (await shop.product({ price: 100 })).id;
    const transactor = shop.service.app.get(Transactor);
    const run = transactor.run.bind(transactor);
    transactor.run = <T>(work: (tx: Transaction) => Promise<T>, tries?: number): Promise<T> =>
      run((tx) => work({ ...tx, sql: counting(tx.sql), unread: counting(tx.unread) }), tries);
  });
  afterAll(() => shop.service.close());

  const counting = (sql: SqlClient): SqlClient => ({
    query(text, values) {
      statements.push(text);
      return sql.query(text, values);
    },
  });

  async function counted(work: () => Promise<unknown>): Promise<number> {
    statements = [];
    await work();
    return statements.length;
  }

  const place = (lines: number): Promise<Order> =>
    shop.placed({ items: Array.from({ length: lines }, () => ({ productId, quantity: 1 })) });

  test('four for an order, whatever its lines', async () => {
    expect(await counted(() => place(1))).toBe(4);
    expect(await counted(() => place(200))).toBe(4);
  });

  test('two for a batch of answers, whatever their number; three when orders end', async () => {
    const orders: Order[] = [];
    for (let n = 0; n < ORDERS; n += 1) orders.push(await place(2));
    const batch = (inputOf: (order: Order) => SagaInput) => {
      const messages = orders.map((order): SagaMessage => ({
        orderId: order.id,
        eventId: newId(),
        input: inputOf(order),
      }));
      return counted(() =>
        shop.service.app.get(Transactor).run((tx) => shop.service.app.get(AdvanceSagas).execute(tx, messages)),
      );
    };
    const reserved = await batch(({ id }) => ({
      type: 'RESERVATION_CREATION_SUCCEEDED',
      payload: {
        commandId: commandIdOf(id, 'RESERVATION_CREATE_REQUEST'),
        reservationId: newId(),
        expiresAt: new Date().toISOString(),
      },
    }));
    const paid = await batch(({ id, total }) => ({
      type: 'PAYMENT_CREATION_SUCCEEDED',
      payload: { commandId: commandIdOf(id, 'PAYMENT_CREATE_REQUEST'), paymentId: newId(), amount: total },
    }));
    const confirmed = await batch(({ id }) => ({
      type: 'RESERVATION_CONFIRM',
      payload: { commandId: commandIdOf(id, 'RESERVATION_CONFIRM_REQUEST') },
    }));
    const captured = await batch(({ id, total }) => ({
      type: 'PAYMENT_CONFIRM',
      payload: { commandId: commandIdOf(id, 'PAYMENT_CONFIRM_REQUEST'), capturedAmount: total },
    }));
    expect({ reserved, paid, confirmed, captured }).toEqual({ reserved: 2, paid: 2, confirmed: 2, captured: 3 });
    const rows = await shop.service.sql<{ n: number }>(
      `SELECT count(*)::int AS n FROM saga WHERE status='COMPLETED' AND order_id = ANY($1::uuid[])`,
      [orders.map(({ id }) => id)],
    );
    expect(rows).toEqual([{ n: ORDERS }]);
  });

  test('one for a look at what is due, three for all that is, besides the read of the first late deadline', async () => {
    const due = shop.service.app.get(AdvanceDueSagas);
    for (let n = 0; n < 5; n += 1) await place(1);
    await shop.service.until('they are due', async () => {
      const rows = await shop.service.sql('SELECT 1 FROM saga WHERE due_at <= now()');
      return rows.length >= 5;
    });
    expect(await counted(() => due.execute())).toBe(3);
    await shop.service.sql(`UPDATE saga SET retry_at = now() + interval '1 day' WHERE step <> 'DONE'`);
    expect(await counted(() => due.execute())).toBe(1);
  });
});
