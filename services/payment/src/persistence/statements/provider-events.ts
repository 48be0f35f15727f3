import type { SqlClient } from '@outrider/service-kit/database';

// In the order of ids: a second transaction with one of them waits here for the first to commit and then finds it, and two
// that have several in common must not deadlock.
const STORE = `INSERT INTO provider_event (provider, event_id, order_id)
SELECT $1::text, e.event_id, e.order_id FROM unnest($2::text[], $3::uuid[]) AS e (event_id, order_id) ORDER BY e.event_id
ON CONFLICT DO NOTHING RETURNING event_id`;

// A bounded number at a time: the table is busy, and a long transaction would hold up its vacuum.
const DELETE_OLD = `DELETE FROM provider_event WHERE (provider, event_id) IN (
  SELECT provider, event_id FROM provider_event WHERE received_at < now() - interval '30 days'
  ORDER BY received_at LIMIT 1000 FOR UPDATE SKIP LOCKED)`;

/** @returns the ids of those that are new */
export async function storeProviderEvents(
  sql: SqlClient,
  provider: string,
  events: readonly { readonly eventId: string; readonly orderId: string }[],
): Promise<ReadonlySet<string>> {
  if (events.length === 0) return new Set();
  const ids = events.map(({ eventId }) => eventId);
  const orders = events.map(({ orderId }) => orderId);
  const { rows } = await sql.query<{ event_id: string }>(STORE, [provider, ids, orders]);
  return new Set(rows.map(({ event_id: id }) => id));
}

/** Deletes events older than 30 days. @returns how many, up to 1,000 */
export async function deleteOldProviderEvents(sql: SqlClient): Promise<number> {
  const { rowCount } = await sql.query(DELETE_OLD);
  return rowCount ?? 0;
}
