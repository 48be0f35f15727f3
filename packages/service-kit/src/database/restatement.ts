import type { SqlClient } from '@outrider/common';
import type { Transaction, Transactor } from './transactor.js';

/**
 * What a service that states facts by version keeps of restating them, in plain SQL (docs/decisions/171). `floor`: versions
 * of new facts are not below it. `after`: as far as its products have been stated again; null when nothing is left to do.
 */
export const restatementTables = `
CREATE TABLE restatement (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  floor bigint NOT NULL DEFAULT 0,
  asked_at timestamptz NOT NULL DEFAULT '-infinity',
  after uuid);
INSERT INTO restatement DEFAULT VALUES;
`;

/** An event of one's own that Kafka has and the database has not. */
export interface ForgottenEvent {
  readonly eventId: string;
  /** of the fact it told */
  readonly version: number;
  /** ISO 8601 */
  readonly occurredAt: string;
}

const FORGOTTEN = `SELECT told.id::text AS id FROM unnest($1::uuid[]) AS told(id)
WHERE NOT EXISTS (SELECT FROM outbox_event e WHERE e.event_id = told.id)`;

/**
 * Which of a service's own events, as they come back from Kafka, its outbox knows nothing of. They were sent: so the
 * database was restored from a backup made before. What is older than the outbox's log is among them as well.
 */
export async function forgottenEvents<E extends ForgottenEvent>(sql: SqlClient, own: readonly E[]): Promise<E[]> {
  if (own.length === 0) return [];
  const { rows } = await sql.query<{ id: string }>(FORGOTTEN, [own.map(({ eventId }) => eventId)]);
  const ids = new Set(rows.map(({ id }) => id));
  return own.filter(({ eventId }) => ids.has(eventId));
}

// The floor counts seconds since 2026: more than any product has been changed, also since a backup whose later events
// Kafka has dropped, and within 32 bits for a lifetime. What came before the last restatement began is made up for by it.
const ASK = `UPDATE restatement SET asked_at = clock_timestamp(), after = '00000000-0000-0000-0000-000000000000',
  floor = greatest(floor, $1::bigint, extract(epoch FROM clock_timestamp())::bigint - 1767225600)
WHERE asked_at < $2::timestamptz OR floor < $1::bigint`;
const FLOOR = 'SELECT floor::float8 AS floor FROM restatement';

/**
 * Has all facts stated again, with versions above all that readers know, because of events that were forgotten. Nothing
 * happens for those that the last restatement has made up for.
 * @returns the lowest version that new facts may have from now on
 */
export async function restatement(sql: SqlClient, forgotten: readonly ForgottenEvent[]): Promise<number> {
  const above = Math.max(...forgotten.map(({ version }) => version)) + 1;
  const latest = forgotten
    .map(({ occurredAt }) => occurredAt)
    .toSorted()
    .at(-1);
  await sql.query(ASK, [above, latest]);
  return floorOf((await sql.query<{ floor: number }>(FLOOR)).rows);
}

const TAKE = `SELECT floor::float8 AS floor, after::text AS after FROM restatement WHERE after IS NOT NULL
FOR UPDATE SKIP LOCKED`;
const MOVE = 'UPDATE restatement SET after = $1';

/**
 * States the facts of a further piece of all products again, in a transaction of its own; one process at a time.
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
  if (floor === undefined) throw new Error('restatement has lost its row');
  return floor;
}
