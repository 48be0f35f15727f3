import type { SqlClient } from '../subscription.js';

// One day a call, so that the strong lock on the parent is short; by DROP, not DELETE.
const SQL = `SELECT result,day::text AS day FROM inbox_drop_days($1::interval)`;

/** result: 'dropped' or 'busy' (again in a minute); no row when nothing is old enough */
export async function dropDay(sql: SqlClient, keep: string): Promise<{ result: string; day: string | null }[]> {
  return (await sql.query<{ result: string; day: string | null }>(SQL, [keep])).rows;
}
