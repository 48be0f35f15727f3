import type { SqlClient } from '@outrider/service-kit/database';

// The ids of a set in their order: a second transaction with one of them waits here for the first to commit and then finds
// it, and two that have several in common must not wait for each other in a circle.
const KEEP = `INSERT INTO provider_event (provider, event_id, order_id)
SELECT $1::text, e.event_id, e.order_id FROM unnest($2::text[], $3::uuid[]) AS e (event_id, order_id) ORDER BY e.event_id
ON CONFLICT DO NOTHING RETURNING event_id`;

// A bounded number at a time: the table is busy, and a long transaction would hold up its vacuum.
const FORGET = `DELETE FROM provider_event WHERE (provider, event_id) IN (
  SELECT provider, event_id FROM provider_event WHERE received_at < now() - interval '30 days'
  ORDER BY received_at LIMIT 1000 FOR UPDATE SKIP LOCKED)`;

/** @returns the ids of those that are new */
export async function keepProviderEvents(
  sql: SqlClient,
  provider: string,
  events: readonly { readonly eventId: string; readonly orderId: string }[],
): Promise<ReadonlySet<string>> {
  if (events.length === 0) return new Set();
  const ids = events.map(({ eventId }) => eventId);
  const orders = events.map(({ orderId }) => orderId);
  const { rows } = await sql.query<{ event_id: string }>(KEEP, [provider, ids, orders]);
  return new Set(rows.map(({ event_id: id }) => id));
}

/** Forgets events of a month ago. @returns how many, up to 1,000 */
export async function forgetProviderEvents(sql: SqlClient): Promise<number> {
  const { rowCount } = await sql.query(FORGET);
  return rowCount ?? 0;
}
