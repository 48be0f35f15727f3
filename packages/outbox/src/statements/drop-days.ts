import type { SqlClient } from '../ports.js';

// One day a call, so that the strong lock on the parent is short; by DROP, not DELETE. Days that a pointer still
// refers to are named and stay.
const SQL = `SELECT result,day::text AS day FROM outbox_drop_days($1::interval)`;

/**
 * result: 'dropped', 'deleted from default' (rows that no day fitted, a bit of them), 'pointers' (the day stays), 'busy'
 * (again in a minute); no row when nothing is old enough
 */
export async function dropDay(sql: SqlClient, keep: string): Promise<{ result: string; day: string | null }[]> {
  return (await sql.query<{ result: string; day: string | null }>(SQL, [keep])).rows;
}
