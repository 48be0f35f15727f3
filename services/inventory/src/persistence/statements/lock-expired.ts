import type { SqlClient } from '@outrider/service-kit/database';

// Those past their time that nobody has locked: a row that is being confirmed or released is left to the transaction
// that has its lock, and replicas divide the work. It never waits here, so the order does not matter.
const SQL = `SELECT order_id FROM reservation WHERE status = 'RESERVED' AND expires_at <= LEAST(now(), $3::timestamptz)
AND order_id <> ALL($2::uuid[]) ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED`;

// Through the index of what can expire.
const FIRST = `SELECT min(expires_at)::text AS expired FROM reservation WHERE status = 'RESERVED' AND expires_at <= now() AND expires_at > $1`;

/** @returns the order ids of what has expired up to then, locked, `limit` at most and none of `except` */
export async function lockExpired(
  sql: SqlClient,
  limit: number,
  except: readonly string[],
  until: Date,
): Promise<readonly string[]> {
  const { rows } = await sql.query<{ order_id: string }>(SQL, [limit, except, until]);
  return rows.map((row) => row.order_id);
}

/** When the first of all that have expired after then did; undefined: none has. */
export async function firstExpired(sql: SqlClient, after: Date): Promise<Date | undefined> {
  const expired = (await sql.query<{ expired: string | null }>(FIRST, [after])).rows[0]?.expired ?? undefined;
  return expired === undefined ? undefined : new Date(expired);
}
