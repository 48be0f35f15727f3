import { randomUUID } from 'node:crypto';
import { postgresAt } from '@outrider/connections';
import { idAt } from '@outrider/contracts';
import { inventoryMigrations } from '@outrider/inventory/migrations';
import { orderMigrations } from '@outrider/order/migrations';
import { paymentMigrations } from '@outrider/payment/migrations';
import { productMigrations } from '@outrider/product/migrations';
import { createOrm, migrate } from '@outrider/service-kit/database';
import { freshDatabase } from '@outrider/testkit';
import pg from 'pg';
import { BOOK_KEEPERS, closeDatabases, openDatabases, type BookKeeper, type Databases } from '../check/databases.js';

const MIGRATIONS = {
  order: orderMigrations,
  inventory: inventoryMigrations,
  payment: paymentMigrations,
  product: productMigrations,
} as const;

const HOUR_MS = 3_600_000;
/** Rows that a service makes once and keeps; everything else is cleared between tests. */
const KEPT = ['mikro_orm_migrations', 'restatement', 'stock_generation'];

export interface Line {
  readonly productId: string;
  readonly quantity: number;
}

export interface Sale {
  readonly orderId: string;
  readonly lines: readonly Line[];
  readonly currency?: string;
  /** COMPLETED unless given; FAILED: its stock and its money were released */
  readonly status?: 'COMPLETED' | 'FAILED';
}

export interface RefundRows {
  readonly refundId?: string;
  readonly amount: number;
  readonly lines?: readonly Line[];
  readonly status?: 'SUCCEEDED' | 'FAILED';
}

interface Level {
  readonly onHand: number;
  readonly reserved: number;
  readonly version: number;
}

type MovementRow = Level & {
  readonly productId: string;
  readonly reason: string;
  readonly reference: string;
  readonly onHandDelta: number;
  readonly reservedDelta: number;
};

/** What a piece costs, in minor units. */
export const UNIT_PRICE = 250;

/**
 * The four services' databases with the rows that the services write, an hour old, and no service. What a test changes
 * by `sql` is what somebody changed by hand, or lost.
 */
export class Books implements AsyncDisposable {
  readonly #levels = new Map<string, Level>();
  #ids = 0;

  private constructor(
    readonly databases: Databases,
    private readonly pools: Readonly<Record<BookKeeper, pg.Pool>>,
    private readonly drops: readonly (() => Promise<void>)[],
  ) {}

  static async open(): Promise<Books> {
    const made = await Promise.all(BOOK_KEEPERS.map((keeper) => migrated(keeper)));
    const byKeeper = <T>(of: (url: string) => T): Record<BookKeeper, T> =>
      Object.fromEntries(BOOK_KEEPERS.map((keeper, n) => [keeper, of(made[n]!.url)])) as Record<BookKeeper, T>;
    return new Books(
      openDatabases(
        byKeeper((url) => postgresAt(url)),
        HOUR_MS,
      ),
      byKeeper((url) => new pg.Pool({ connectionString: url, max: 2 })),
      made.map((database) => () => database.drop()),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeDatabases(this.databases);
    await Promise.all(BOOK_KEEPERS.map((keeper) => this.pools[keeper].end()));
    await Promise.all(this.drops.map((drop) => drop()));
  }

  /** Leaves the books as after the migrations. */
  async clear(): Promise<void> {
    this.#levels.clear();
    const tables = `SELECT string_agg(quote_ident(tablename), ', ') AS tables FROM pg_tables
      WHERE schemaname = current_schema() AND tablename <> ALL($1)`;
    await Promise.all(
      BOOK_KEEPERS.map(async (keeper) => {
        const [row] = await this.sql<{ tables: string }>(keeper, tables, [KEPT]);
        await this.sql(keeper, `TRUNCATE ${row!.tables}`);
      }),
    );
  }

  async sql<R extends object>(keeper: BookKeeper, text: string, values: readonly unknown[] = []): Promise<R[]> {
    return (await this.pools[keeper].query<R>(text, [...values])).rows;
  }

  /** An id made an hour ago, or so long ago; of one millisecond those made later sort after it. */
  id(ageMs = HOUR_MS): string {
    return this.idOf(Date.now() - ageMs);
  }

  /** An id made at this time, in ms since 1970. */
  idOf(ms: number): string {
    this.#ids += 1;
    return `${idAt(ms).slice(0, 14)}7000-8000-${this.#ids.toString(16).padStart(12, '0')}`;
  }

  ids(count: number, ageMs?: number): string[] {
    return Array.from({ length: count }, () => this.id(ageMs));
  }

  /** Registers products, each with 100,000 pieces. */
  async register(...ids: readonly string[]): Promise<void> {
    const facts = `SELECT id, 'S-' || id AS sku, 'Tea' AS name, ${UNIT_PRICE}, 'EUR', false, 1 FROM unnest($1::uuid[]) id`;
    const columns = 'id, sku, name, price, currency, retired, version';
    await Promise.all([
      this.sql('product', `INSERT INTO product (${columns}) ${facts}`, [ids]),
      this.sql('order', `INSERT INTO catalog_product (${columns}) ${facts}`, [ids]),
    ]);
    await this.#move(ids.map((productId) => [productId, 'INITIAL', productId, 100_000, 0]));
  }

  /** Orders that have ended. */
  async sell(...sales: readonly Sale[]): Promise<void> {
    const rows = JSON.stringify(sales.map((sale) => rowsOf(sale)));
    const [sold, failed] = [
      sales.filter(({ status }) => status !== 'FAILED'),
      sales.filter((s) => s.status === 'FAILED'),
    ];
    await this.sql(
      'order',
      `INSERT INTO orders (id, customer_id, idempotency_key, currency, payment_method, adjustments, total, created_at)
       SELECT id, 'alice', id::text, currency, 'pm_card', '[]', total, now() - interval '1 hour'
       FROM jsonb_to_recordset($1) AS r(id uuid, currency text, total bigint)`,
      [rows],
    );
    await Promise.all([
      this.sql(
        'order',
        `INSERT INTO order_line (order_id, position, product_id, sku, name, quantity, unit_price)
         SELECT id, n, "productId", 'S', 'Tea', quantity, ${UNIT_PRICE} FROM jsonb_to_recordset($1) AS r(id uuid, lines jsonb),
           ROWS FROM (jsonb_to_recordset(r.lines) AS ("productId" uuid, quantity int)) WITH ORDINALITY AS l("productId", quantity, n)`,
        [rows],
      ),
      this.sql(
        'order',
        `INSERT INTO saga (order_id, step, status, outcome, payment_asked, cancel_requested, attempts, captured_amount,
           refunded_amount, started_version, started_at, entered_at, updated_at, version)
         SELECT id, 'DONE', status, status, true, false, 1, captured, 0, '1', now() - interval '1 hour',
           now() - interval '1 hour', now() - interval '1 hour', 5
         FROM jsonb_to_recordset($1) AS r(id uuid, status text, captured bigint)`,
        [rows],
      ),
      this.sql(
        'inventory',
        `INSERT INTO reservation (order_id, id, status, lines, version, created_at)
         SELECT id, gen_random_uuid(), reservation, lines, 2, now() - interval '1 hour'
         FROM jsonb_to_recordset($1) AS r(id uuid, reservation text, lines jsonb)`,
        [rows],
      ),
      this.sql(
        'payment',
        `INSERT INTO payment (id, order_id, status, amount, currency, captured_amount, refunded_amount, provider,
           provider_reference, released, created_at, updated_at)
         SELECT gen_random_uuid(), id, payment, total, currency, captured, 0, 'simulator', 'ch_' || id, false,
           now() - interval '1 hour', now() - interval '1 hour'
         FROM jsonb_to_recordset($1) AS r(id uuid, payment text, total bigint, currency text, captured bigint)`,
        [rows],
      ),
    ]);
    const moved = (of: readonly Sale[], reason: string, onHand: number, reserved: number) =>
      of.flatMap(({ orderId, lines }) =>
        lines.map(
          ({ productId, quantity }) => [productId, reason, orderId, quantity * onHand, quantity * reserved] as const,
        ),
      );
    await this.#move([
      ...moved(sales, 'RESERVED', 0, 1),
      ...moved(sold, 'CONFIRMED', -1, -1),
      ...moved(failed, 'RELEASED', 0, -1),
    ]);
  }

  /** A refund that has ended, as order and payment know it; its lines are back in stock. @returns its id */
  async refund(orderId: string, { refundId = randomUUID(), amount, lines, status = 'SUCCEEDED' }: RefundRows) {
    const given = status === 'SUCCEEDED' ? amount : 0;
    const stored = lines === undefined ? null : JSON.stringify(lines);
    await this.sql(
      'order',
      `INSERT INTO refund (id, order_id, requested_by, idempotency_key, amount, lines, restock, restocked, reason, status,
         created_at, updated_at)
       VALUES ($1, $2, 'boss', gen_random_uuid()::text, $3, $4, $5, $5, 'returned', $6, now() - interval '1 hour',
         now() - interval '1 hour')`,
      [refundId, orderId, amount, stored, lines !== undefined, status],
    );
    await this.sql(
      'order',
      `UPDATE saga SET refunded_amount = refunded_amount + $2, status = ended.status, outcome = ended.status FROM (
         SELECT order_id, CASE WHEN refunded_amount + $2 = 0 THEN 'COMPLETED' WHEN refunded_amount + $2 = captured_amount
           THEN 'REFUNDED' ELSE 'PARTIALLY_REFUNDED' END AS status FROM saga WHERE order_id = $1) ended
       WHERE saga.order_id = ended.order_id`,
      [orderId, given],
    );
    await this.sql(
      'payment',
      `INSERT INTO refund (provider, provider_refund_id, payment_id, refund_id, amount, status, requested_by, created_at, updated_at)
       SELECT 'simulator', 're_' || $2, id, $2::uuid, $3, $4, 'order', now() - interval '1 hour', now() - interval '1 hour'
       FROM payment WHERE order_id = $1`,
      [orderId, refundId, amount, status],
    );
    await this.sql(
      'payment',
      `UPDATE payment SET refunded_amount = refunded_amount + $2, status = CASE WHEN refunded_amount + $2 = 0
         THEN 'CAPTURED' WHEN refunded_amount + $2 = captured_amount THEN 'REFUNDED' ELSE 'PARTIALLY_REFUNDED' END
       WHERE order_id = $1`,
      [orderId, given],
    );
    for (const { productId, quantity } of lines ?? []) {
      await this.sql(
        'inventory',
        `UPDATE reservation SET lines = (SELECT json_agg(CASE WHEN line->>'productId' = $2
           THEN line || jsonb_build_object('restocked', (line->>'restocked')::int + $3::int) ELSE line END)
           FROM jsonb_array_elements(lines) line) WHERE order_id = $1`,
        [orderId, productId, quantity],
      );
      await this.#move([[productId, 'RESTOCKED', orderId, quantity, 0]]);
    }
    return refundId;
  }

  /** An admin's adjustment of a product's stock. */
  async adjust(productId: string, delta: number, reference: string): Promise<void> {
    await this.#move([[productId, 'ADJUSTED', reference, delta, 0]]);
  }

  /** Movements, the stock that they lead to, and what product shows of it. */
  async #move(
    movements: readonly (readonly [productId: string, reason: string, reference: string, number, number])[],
  ): Promise<void> {
    const rows = movements.map(([productId, reason, reference, onHandDelta, reservedDelta]): MovementRow => {
      const before = this.#levels.get(productId) ?? { onHand: 0, reserved: 0, version: 0 };
      const after = {
        onHand: before.onHand + onHandDelta,
        reserved: before.reserved + reservedDelta,
        version: before.version + 1,
      };
      this.#levels.set(productId, after);
      return { productId, reason, reference, onHandDelta, reservedDelta, ...after };
    });
    const last = (of: readonly MovementRow[]): string =>
      JSON.stringify([...new Map(of.map((row) => [row.productId, row])).values()]);
    const level = 'r("productId" uuid, "onHand" bigint, reserved bigint, version bigint)';
    await this.sql(
      'inventory',
      `INSERT INTO stock_movement (product_id, version, reason, reference, on_hand_delta, reserved_delta, on_hand, reserved, created_at)
       SELECT "productId", version, reason, reference, "onHandDelta", "reservedDelta", "onHand", reserved, now() - interval '1 hour'
       FROM jsonb_to_recordset($1) AS r("productId" uuid, version bigint, reason text, reference text, "onHandDelta" bigint,
         "reservedDelta" bigint, "onHand" bigint, reserved bigint)`,
      [JSON.stringify(rows)],
    );
    await this.sql(
      'inventory',
      `INSERT INTO stock (product_id, on_hand, reserved, version)
       SELECT "productId", "onHand", reserved, version FROM jsonb_to_recordset($1) AS ${level} ON CONFLICT (product_id)
       DO UPDATE SET on_hand = excluded.on_hand, reserved = excluded.reserved, version = excluded.version`,
      [last(rows)],
    );
    // what leaves as much available as before is not published
    await this.sql(
      'product',
      `INSERT INTO product_stock (product_id, on_hand, reserved, available, version, as_of)
       SELECT "productId", "onHand", reserved, "onHand" - reserved, version, now() FROM jsonb_to_recordset($1) AS ${level}
       ON CONFLICT (product_id) DO UPDATE SET on_hand = excluded.on_hand, reserved = excluded.reserved,
         available = excluded.available, version = excluded.version`,
      [last(rows.filter(({ onHandDelta, reservedDelta }) => onHandDelta !== reservedDelta))],
    );
  }
}

async function migrated(keeper: BookKeeper): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const database = await freshDatabase(`books_${keeper}`);
  const migrations = MIGRATIONS[keeper];
  const orm = await createOrm({
    database: postgresAt(database.url),
    applicationName: 'test',
    entities: [],
    migrations,
    poolSize: 2,
    log: () => {},
  });
  try {
    await migrate(orm, migrations, 'expand');
  } finally {
    await orm.close();
  }
  return database;
}

function rowsOf({ orderId, lines, currency = 'EUR', status = 'COMPLETED' }: Sale): object {
  const total = lines.reduce((sum, { quantity }) => sum + quantity * UNIT_PRICE, 0);
  const sold = status === 'COMPLETED';
  return {
    id: orderId,
    currency,
    total,
    status,
    captured: sold ? total : 0,
    reservation: sold ? 'CONFIRMED' : 'RELEASED',
    payment: sold ? 'CAPTURED' : 'VOIDED',
    lines: lines.map((line) => ({ ...line, restocked: 0 })),
  };
}
