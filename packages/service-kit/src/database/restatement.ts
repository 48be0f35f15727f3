import type { SqlClient } from '@outrider/common';
import type { Transaction, Transactor } from './transactor.js';

/**
 * What a service that publishes facts by version keeps of restating them, in plain SQL (docs/decisions/171). `floor`:
 * versions of new facts are not below it. `after`: the last product that was restated; null when there is nothing to do.
 */
export const restatementTables = `
CREATE TABLE restatement (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  floor bigint NOT NULL DEFAULT 0,
  asked_at timestamptz NOT NULL DEFAULT '-infinity',
  after uuid);
INSERT INTO restatement DEFAULT VALUES;
`;

/** An event of the service itself, as it comes back from Kafka. */
export interface OwnEvent {
  readonly eventId: string;
  /** of the fact in it */
  readonly version: number;
  /** ISO 8601 */
  readonly occurredAt: string;
}

const FORGOTTEN = `SELECT own.id::text AS id FROM unnest($1::uuid[]) AS own(id)
WHERE NOT EXISTS (SELECT FROM outbox_event e WHERE e.event_id = own.id)`;

// The floor counts seconds since 2026: more than any product has been changed, also since a backup whose later events
// Kafka has dropped, and within 32 bits for a lifetime. Events from before the last restatement began are covered by it.
const REQUEST = `UPDATE restatement SET asked_at = clock_timestamp(), after = '00000000-0000-0000-0000-000000000000',
  floor = greatest(floor, $1::bigint, extract(epoch FROM clock_timestamp())::bigint - 1767225600)
WHERE asked_at < $2::timestamptz OR floor < $1::bigint`;
const FLOOR = 'SELECT floor::float8 AS floor FROM restatement';

/**
 * Requests that all facts be restated, with versions above all that readers know, when there are events among these that
 * the service's outbox does not have. They were sent: so the database was restored from a backup made before. Events
 * older than the outbox's log count as well. Nothing happens for those that the last restatement has covered.
 *
 * @param own the service's own events, as they come back from Kafka
 * @returns those that the database has lost, and the lowest version that new facts may have from now on; undefined when
 *   it has lost none
 */
export async function requestRestatement<E extends OwnEvent>(
  sql: SqlClient,
  own: readonly E[],
): Promise<{ readonly forgotten: readonly E[]; readonly floor: number } | undefined> {
  if (own.length === 0) return undefined;
  const { rows } = await sql.query<{ id: string }>(FORGOTTEN, [own.map(({ eventId }) => eventId)]);
  const ids = new Set(rows.map(({ id }) => id));
  const forgotten = own.filter(({ eventId }) => ids.has(eventId));
  if (forgotten.length === 0) return undefined;
  const above = Math.max(...forgotten.map(({ version }) => version)) + 1;
  const latest = forgotten
    .map(({ occurredAt }) => occurredAt)
    .toSorted()
    .at(-1);
  await sql.query(REQUEST, [above, latest]);
  return { forgotten, floor: floorOf((await sql.query<{ floor: number }>(FLOOR)).rows) };
}

// Waits for who makes a product meanwhile, or restates: while products are made one behind the other, it would hardly ever
// find the row free.
const TAKE = `SELECT floor::float8 AS floor, after::text AS after FROM restatement WHERE after IS NOT NULL FOR UPDATE`;
const MOVE = 'UPDATE restatement SET after = $1';

/**
 * Restates the facts of a further piece of all products, in a transaction of its own; one process at a time.
 *
 * @param restate those of the products with ids after `after`, whose versions are raised to `floor`. It returns the last
 *   one's id; undefined when there was none
 * @returns true when there may be more
 */
export async function restateNext(
  transactor: Transactor,
  restate: (tx: Transaction, from: { readonly floor: number; readonly after: string }) => Promise<string | undefined>,
): Promise<boolean> {
  return transactor.run(async (tx) => {
    const [from] = (await tx.sql.query<{ floor: number; after: string }>(TAKE)).rows;
    if (from === undefined) return false;
    const last = await restate(tx, from);
    await tx.sql.query(MOVE, [last ?? null]);
    return last !== undefined;
  });
}

function floorOf(rows: readonly { readonly floor: number }[]): number {
  const floor = rows[0]?.floor;
  if (floor === undefined) throw new Error('the table restatement has no row');
  return floor;
}
