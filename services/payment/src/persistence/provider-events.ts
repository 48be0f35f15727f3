import type { SqlClient } from '@outrider/service-kit/database';

// A second one at the same time waits here for the first to commit, and then finds it.
const KEEP = `INSERT INTO provider_event (provider, event_id, order_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`;

// A bounded number at a time: the table is busy, and a long transaction would hold up its vacuum.
const FORGET = `DELETE FROM provider_event WHERE (provider, event_id) IN (
  SELECT provider, event_id FROM provider_event WHERE received_at < now() - interval '30 days'
  ORDER BY received_at LIMIT 1000 FOR UPDATE SKIP LOCKED)`;

/** @returns whether it is new */
export async function keepProviderEvent(
  sql: SqlClient,
  provider: string,
  eventId: string,
  orderId: string,
): Promise<boolean> {
  const { rowCount } = await sql.query(KEEP, [provider, eventId, orderId]);
  return rowCount === 1;
}

/** Forgets events of a month ago. @returns how many, up to 1,000 */
export async function forgetProviderEvents(sql: SqlClient): Promise<number> {
  const { rowCount } = await sql.query(FORGET);
  return rowCount ?? 0;
}
