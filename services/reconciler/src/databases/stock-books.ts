import { jsonObject, jsonRows, selectList } from '@outrider/common';
import type { BookedStock, ShownStock } from '../domain/judge-stock.js';
import type { Query } from './read-only.js';

// Two keyed rows for each product, and one look at what is reserved right now, which has an index of its own.
const STOCK = `WITH page AS (
  SELECT product_id, on_hand, reserved, version FROM stock WHERE %WHERE%
), promised AS (
  SELECT (line->>'productId')::uuid AS product_id, sum((line->>'quantity')::float8) AS pieces
  FROM reservation, jsonb_array_elements(lines) line WHERE status = 'RESERVED' GROUP BY 1
)
SELECT ${selectList<BookedStock>({
  productId: 'p.product_id',
  onHand: 'p.on_hand::float8',
  reserved: 'p.reserved::float8',
  version: 'p.version::float8',
  promised: 'coalesce(r.pieces, 0)',
  last: `CASE WHEN m.version IS NOT NULL THEN ${jsonObject<NonNullable<BookedStock['last']>>({
    version: 'm.version',
    onHand: 'm.on_hand',
    reserved: 'm.reserved',
  })} END`,
})}
FROM page p LEFT JOIN promised r USING (product_id)
LEFT JOIN LATERAL (SELECT version, on_hand, reserved FROM stock_movement m
  WHERE m.product_id = p.product_id ORDER BY version DESC LIMIT 1) m ON true
ORDER BY p.product_id`;
const PAGE = STOCK.replace('%WHERE%', 'product_id > $1 ORDER BY product_id LIMIT $2');
const THESE = STOCK.replace('%WHERE%', 'product_id = ANY($1::uuid[])');

// What has happened since the version that is shown, by transaction: one whose movements cancel each other out is not
// published. What is published is a base and the movement's version. Bounded; a transaction that the bound cuts through
// is not judged.
const SINCE = `SELECT ${selectList<ShownStock>({
  productId: 't.id',
  shown: `CASE WHEN t.version > 0 THEN ${jsonObject<NonNullable<ShownStock['shown']>>({
    version: 't.version',
    onHand: 't."onHand"',
    reserved: 't.reserved',
  })} END`,
  booked: `CASE WHEN m.version IS NOT NULL THEN ${jsonObject<NonNullable<ShownStock['booked']>>({
    onHand: 'm.on_hand',
    reserved: 'm.reserved',
  })} END`,
  late: `EXISTS (SELECT FROM (
    SELECT created_at, on_hand_delta - reserved_delta AS delta, version, max(version) OVER () AS newest, count(*) OVER () AS n
    FROM (SELECT * FROM stock_movement l WHERE l.product_id = t.id AND l.version > t.version - coalesce(s.version_base, 0) ORDER BY l.version LIMIT 1000) l) since
    WHERE created_at < now() - $2::float8 * interval '1 millisecond'
    GROUP BY created_at HAVING (sum(delta) <> 0 OR min(version) = 1) AND (max(n) < 1000 OR max(version) < max(newest)))`,
})} FROM json_to_recordset($1::json) AS t(id uuid, version bigint, "onHand" bigint, reserved bigint)
LEFT JOIN stock s ON s.product_id = t.id
LEFT JOIN stock_movement m ON m.product_id = t.id AND m.version = t.version - coalesce(s.version_base, 0)`;

/** Stock as product shows it. */
export interface ShownLevel {
  readonly id: string;
  readonly version: number;
  readonly onHand: number;
  readonly reserved: number;
}

const SHOWN = `SELECT ${selectList<ShownLevel>({
  id: 'product_id',
  version: 'version::float8',
  onHand: 'on_hand::float8',
  reserved: 'reserved::float8',
})} FROM product_stock WHERE product_id = ANY($1::uuid[])`;

// A movement that does not go on from the one before, or that its reason does not allow. The first of a page is the
// last of the page before, which judged it: no step is missed, and none found twice. Only what is wrong leaves the server.
const MOVEMENTS = `WITH page AS (
  SELECT * FROM stock_movement WHERE (product_id, version) >= ($1::uuid, $2::bigint) ORDER BY product_id, version LIMIT $3
), step AS (
  SELECT *, lag(version) OVER w AS before, lag(on_hand) OVER w AS had, lag(reserved) OVER w AS kept FROM page
  WINDOW w AS (PARTITION BY product_id ORDER BY version)
), wrong AS (
  SELECT product_id, version, CASE
    WHEN before IS NULL AND version <> 1 THEN 'version 1 before'
    WHEN version <> before + 1 THEN 'version ' || before + 1
    WHEN on_hand <> coalesce(had, 0) + on_hand_delta AND (before IS NOT NULL OR version = 1)
      THEN coalesce(had, 0) + on_hand_delta || ' on hand'
    WHEN reserved <> coalesce(kept, 0) + reserved_delta AND (before IS NOT NULL OR version = 1)
      THEN coalesce(kept, 0) + reserved_delta || ' reserved'
    WHEN NOT CASE reason WHEN 'INITIAL' THEN version = 1 AND reserved_delta = 0 WHEN 'ADJUSTED' THEN reserved_delta = 0
      WHEN 'RESERVED' THEN on_hand_delta = 0 AND reserved_delta > 0
      WHEN 'CONFIRMED' THEN on_hand_delta = reserved_delta AND reserved_delta < 0
      WHEN 'RESTOCKED' THEN on_hand_delta > 0 AND reserved_delta = 0 ELSE on_hand_delta = 0 AND reserved_delta < 0 END
      THEN 'what ' || reason || ' may move'
    END AS expected, version || ': ' || reason || ' ' || on_hand_delta || '/' || reserved_delta || ' to ' || on_hand || '/' || reserved AS seen
  FROM step WHERE (product_id, version) <> ($1::uuid, $2::bigint)
)
SELECT ${selectList<MovementPage>({
  read: '(SELECT count(*)::int FROM page)',
  end: `(SELECT ${jsonObject<MovementPosition>({ productId: 'product_id', version: 'version' })} FROM page
    ORDER BY product_id DESC, version DESC LIMIT 1)`,
  wrong: `(SELECT ${jsonRows<MovementPage['wrong'][number]>({
    productId: 'product_id',
    movement: 'version',
    expected: 'expected',
    seen: 'seen',
  })} FROM wrong WHERE expected IS NOT NULL)`,
})}`;

/** A position in the ledger of movements. */
export interface MovementPosition {
  readonly productId: string;
  readonly version: number;
}

export interface MovementPage {
  readonly read: number;
  /** null: there is nothing from this position on */
  readonly end: MovementPosition | null;
  readonly wrong: readonly { productId: string; movement: number; expected: string; seen: string }[];
}

export function stockPage(query: Query, after: string, limit: number): Promise<BookedStock[]> {
  return query<BookedStock>(PAGE, [after, limit]);
}

export function theseStocks(query: Query, ids: readonly string[]): Promise<BookedStock[]> {
  return query<BookedStock>(THESE, [ids]);
}

/** What the product service shows of these products. */
export function shownStock(query: Query, ids: readonly string[]) {
  return query<ShownLevel>(SHOWN, [ids]);
}

/** Compares what is shown with inventory's movements; version 0 means none. Read after what is shown. */
export function sinceShown(query: Query, shown: readonly ShownLevel[], graceMs: number): Promise<ShownStock[]> {
  return query<ShownStock>(SINCE, [JSON.stringify(shown), graceMs]);
}

export async function movementPage(query: Query, from: MovementPosition, limit: number): Promise<MovementPage> {
  const [page] = await query<MovementPage>(MOVEMENTS, [from.productId, from.version, limit]);
  return page ?? { read: 0, end: null, wrong: [] };
}

const CATALOGUE = `SELECT id FROM product WHERE id > $1 ORDER BY id LIMIT $2`;
const IN_CATALOGUE = `SELECT id FROM product WHERE id = ANY($1::uuid[])`;
const PRICED = `SELECT id FROM catalog_product WHERE id = ANY($1::uuid[])`;
const STOCKED = `SELECT product_id AS id FROM stock WHERE product_id = ANY($1::uuid[])`;

/** Products of the catalogue after the id `after`, by id. */
export async function cataloguePage(query: Query, after: string, limit: number): Promise<string[]> {
  return (await query<{ id: string }>(CATALOGUE, [after, limit])).map(({ id }) => id);
}

const KNOWN = { product: IN_CATALOGUE, order: PRICED, inventory: STOCKED } as const;

/** Of these products, those that the service knows whose database is asked. */
export async function knownProducts(
  query: Query,
  service: keyof typeof KNOWN,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  return new Set((await query<{ id: string }>(KNOWN[service], [ids])).map(({ id }) => id));
}
