import type { SqlClient } from '../subscription.js';

// The function is the migration's and runs with its owner's rights: the service's role needs no DDL.
const SQL = `SELECT result,day::text AS day FROM inbox_make_days($1::int)`;

/** result: 'made', 'in default' (stays there), or 'busy' without a day: again in a minute */
export async function makeDays(sql: SqlClient, ahead: number): Promise<{ result: string; day: string | null }[]> {
  return (await sql.query<{ result: string; day: string | null }>(SQL, [ahead])).rows;
}
