import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId, TOPIC_NAMES, type Order } from '@outrider/contracts';
import { Transactor } from '@outrider/service-kit/database';
import { migrateService } from '@outrider/service-kit/runtime';
import { deleteTopics, freshDatabase, freshTopicPrefix, sharedInfra } from '@outrider/testkit';
import pg from 'pg';
import { AdvanceSagas } from './commands/advance-sagas.js';
import type { SagaInput } from './domain/saga-input.js';
import { commandIdOf } from './domain/saga-command.js';
import { orderMigrations } from './persistence/migrations/index.js';
import { orderService } from './order.module.js';
import { openShop, type Shop } from './testing/shop.js';

describe('the steps of an order', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop({ SCAN_EVERY_MS: '3600000' });
  });
  afterAll(() => shop.service.close());

  /** Which updates of sagas the input made, and whether the minute was another one afterwards. */
  async function step({ id }: Order, input: SagaInput) {
    const minute = async () =>
      (await shop.service.sql<{ at: string }>('SELECT due_minute::text AS at FROM saga WHERE order_id=$1', [id]))[0]
        ?.at;
    const before = await minute();
    const updates = await shop.service.app.get(Transactor).run(async (tx) => {
      // also has what its connection did before and has not reported yet
      const count = async (): Promise<readonly [number, number]> => {
        const { rows } = await tx.sql.query<{ all: number; hot: number }>(
          `SELECT n_tup_upd::int AS all, n_tup_hot_upd::int AS hot FROM pg_stat_xact_user_tables WHERE relname='saga'`,
        );
        return [rows[0]?.all ?? 0, rows[0]?.hot ?? 0];
      };
      const [all, hot] = await count();
      await shop.service.app.get(AdvanceSagas).execute(tx, [{ orderId: id, eventId: newId(), input }]);
      const [allNow, hotNow] = await count();
      return { all: allNow - all, inPlace: hotNow - hot };
    });
    return { updates, sameMinute: before === (await minute()) };
  }

  test('write no index of its saga but at the end, unless they are due in another minute', async () => {
    const order = await shop.placed({ items: [{ productId: (await shop.product()).id, quantity: 1 }] });
    const of = (type: Parameters<typeof commandIdOf>[1]) => ({ commandId: commandIdOf(order.id, type) });
    const reservationId = newId();
    const expiresAt = new Date().toISOString();
    const inputs: readonly SagaInput[] = [
      {
        type: 'RESERVATION_CREATION_SUCCEEDED',
        payload: { ...of('RESERVATION_CREATE_REQUEST'), reservationId, expiresAt },
      },
      {
        type: 'PAYMENT_CREATION_SUCCEEDED',
        payload: { ...of('PAYMENT_CREATE_REQUEST'), paymentId: newId(), amount: order.total },
      },
      { type: 'RESERVATION_CONFIRM', payload: of('RESERVATION_CONFIRM_REQUEST') },
    ];
    for (const input of inputs) {
      const { updates, sameMinute } = await step(order, input);
      expect(updates).toEqual({ all: 1, inPlace: sameMinute ? 1 : 0 });
    }
    const captured = { ...of('PAYMENT_CONFIRM_REQUEST'), capturedAmount: order.total };
    const last = await step(order, { type: 'PAYMENT_CONFIRM', payload: captured });
    expect(last).toEqual({ updates: { all: 1, inPlace: 0 }, sameMinute: false });
    expect(await shop.order(order.id)).toMatchObject({ status: 'COMPLETED' });
  });
});

describe('beside the version before', () => {
  let database: { readonly url: string; drop(): Promise<void> };
  let env: Record<string, string>;
  let sql: pg.Client;
  const prefix = freshTopicPrefix();
  afterAll(async () =>
    deleteTopics(
      (await sharedInfra()).brokers,
      TOPIC_NAMES.map((name) => prefix + name),
    ),
  );
  beforeEach(async () => {
    database = await freshDatabase('order');
    const brokers = (await sharedInfra()).brokers.join(',');
    env = { DATABASE_URL: database.url, KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, LOG_LEVEL: 'silent' };
    sql = new pg.Client({ connectionString: database.url });
    await sql.connect();
  });
  afterEach(async () => {
    await sql.end();
    await database.drop();
  });

  /** A saga as the version before stores it. */
  async function stored(retryAt: string | null): Promise<string> {
    const id = newId();
    await sql.query(
      `INSERT INTO orders(id, customer_id, idempotency_key, currency, payment_method, adjustments, total, created_at)
       VALUES ($1, 'alice', $2, 'EUR', 'pm_card', '[]', 1, now())`,
      [id, id],
    );
    const step = retryAt === null ? 'DONE' : 'CAPTURING';
    const status = retryAt === null ? 'COMPLETED' : 'PAID';
    await sql.query(
      `INSERT INTO saga(order_id, step, status, outcome, payment_asked, cancel_requested, attempts, retry_at,
         captured_amount, refunded_amount, started_version, started_at, entered_at, updated_at, version)
       VALUES ($1, $2, $3, 'COMPLETED', true, false, 1, $4, 0, 0, '0.1.0', now(), now(), now(), 1)`,
      [id, step, status, retryAt],
    );
    return id;
  }
  const minuteOf = async (id: string): Promise<string | null> =>
    (await sql.query('SELECT due_minute FROM saga WHERE order_id=$1', [id])).rows[0].due_minute?.toISOString() ?? null;
  /** Whether the list of orders that are not COMPLETED has it in its place: undefined where it is not in that list. */
  const isInItsPlace = async (id: string): Promise<boolean | undefined> =>
    (
      await sql.query(
        'SELECT not_completed_position = position AS is FROM saga JOIN orders ON id = order_id WHERE order_id=$1',
        [id],
      )
    ).rows[0].is ?? undefined;
  const indexes = async (): Promise<string[]> =>
    (await sql.query(`SELECT indexname FROM pg_indexes WHERE tablename='saga'`)).rows
      .map(({ indexname }) => indexname)
      .toSorted();

  test('what it wrote, and goes on to write, becomes due; what it reads by is there until nothing runs it', async () => {
    const older = orderMigrations.filter(({ name }) => name < 'order-011');
    await migrateService({ ...orderService, migrations: older }, env);
    const [open, done, failed] = [await stored('2026-01-02T03:04:05Z'), await stored(null), await stored(null)];
    const fail = (id: string) => sql.query(`UPDATE saga SET outcome='FAILED', status='FAILED' WHERE order_id=$1`, [id]);
    await fail(failed);
    await migrateService(orderService, env);
    const later = await stored(null);
    await fail(later);
    expect(await Promise.all([open, done, failed, later].map((id) => isInItsPlace(id)))).toEqual([
      undefined,
      undefined,
      true,
      true,
    ]);
    expect(await minuteOf(open)).toBe('2026-01-02T03:04:00.000Z');
    expect(await minuteOf(done)).toBeNull();
    expect(await minuteOf(await stored('2026-01-02T03:05:59Z'))).toBe('2026-01-02T03:05:00.000Z');
    await sql.query(`UPDATE saga SET deadline_at='2026-01-02T03:03:59Z' WHERE order_id=$1`, [open]);
    expect(await minuteOf(open)).toBe('2026-01-02T03:03:00.000Z');
    await sql.query(`UPDATE saga SET deadline_at=NULL, retry_at=NULL, step='DONE', status=outcome WHERE order_id=$1`, [
      open,
    ]);
    expect(await minuteOf(open)).toBeNull();
    const theirs = ['saga_by_status', 'saga_by_update', 'saga_due'];
    expect(await indexes()).toEqual(expect.arrayContaining(theirs));
    await migrateService(orderService, env, 'contract');
    expect(await indexes()).toEqual(['saga_not_completed', 'saga_open', 'saga_pkey']);
  });
});
