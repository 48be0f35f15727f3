import { selectList, type SqlClient } from '@outrider/common';

/** Events are counted up to these; one more means that there are more. */
export const MOST_COUNTED = 100_000;
const LIMIT = `LIMIT ${MOST_COUNTED + 1}`;

// From the floors, so that dead pointers below them are not walked over; and over those above them once: the count goes
// on where the oldest of a shard was found. Counts stop at 100,001, which means "more than 100,000": a backlog's exact
// size is not worth a scan of it. The age is counted from created_at, which the database set, to the database's present
// time: no writer's clock and no reader's has a part in it. For that the log is read by key, once for the oldest of each
// shard; as a subquery, which cannot become a join that reads all of the log. Without its row, an orphan has the time in
// its id.
export const READ_LAG = `WITH oldest AS MATERIALIZED (SELECT l.shard, a.id, a.event_id FROM outbox_lease l CROSS JOIN LATERAL
    (SELECT p.id, p.event_id FROM outbox_pending p WHERE p.shard=l.shard AND p.id>=l.floor ORDER BY p.id LIMIT 1) a)
SELECT ${selectList<Row>({
  oldest_pending: `(SELECT min(coalesce((SELECT e.created_at FROM outbox_event e WHERE e.event_id=o.event_id), uuid_extract_timestamp(o.event_id))) FROM oldest o)`,
  at: 'statement_timestamp()',
  pending: `(SELECT count(*)::int FROM (SELECT 1 FROM oldest o CROSS JOIN LATERAL
    (SELECT 1 FROM outbox_pending p WHERE p.shard=o.shard AND p.id>=o.id ${LIMIT}) y ${LIMIT}) z)`,
  dead_events: `(SELECT count(*)::int FROM (SELECT 1 FROM outbox_parked q JOIN outbox_key_state k USING (shard,msg_key) WHERE k.next_attempt_at IS NULL ${LIMIT}) z)`,
  dead_keys: '(SELECT count(*)::int FROM outbox_key_state WHERE parked AND next_attempt_at IS NULL)',
  retrying_keys: '(SELECT count(*)::int FROM outbox_key_state WHERE parked AND next_attempt_at IS NOT NULL)',
})}`;

interface Row {
  readonly oldest_pending: Date | string | null;
  readonly at: Date | string;
  readonly pending: number;
  readonly dead_events: number;
  readonly dead_keys: number;
  readonly retrying_keys: number;
}

/** What of an outbox has not been published. */
export interface OutboxLag {
  /** seconds since the oldest pending event was written, by the database's clock; 0 when nothing is pending */
  readonly oldestAge: number;
  /** when the oldest pending event was written, by the database's clock; null: nothing is pending */
  readonly oldestPending: Date | null;
  /** pending events; 100,001 = more than 100,000 */
  readonly pending: number;
  /** dead letters: events parked for good; 100,001 = more than 100,000 */
  readonly deadEvents: number;
  /** keys parked for good */
  readonly deadKeys: number;
  /** keys that will be retried by themselves */
  readonly retryingKeys: number;
}

/** One statement, from the database: also correct when no relay is live. */
export async function readLag(client: SqlClient): Promise<OutboxLag> {
  const { rows } = await client.query<Row>(READ_LAG);
  const [row] = rows;
  if (row === undefined) throw new Error('a SELECT without FROM gave no row');
  const oldestPending = row.oldest_pending === null ? null : new Date(row.oldest_pending);
  return {
    oldestAge: oldestPending === null ? 0 : Math.max(0, (new Date(row.at).getTime() - oldestPending.getTime()) / 1_000),
    oldestPending,
    pending: row.pending,
    deadEvents: row.dead_events,
    deadKeys: row.dead_keys,
    retryingKeys: row.retrying_keys,
  };
}
