import type { SqlClient } from '@outrider/service-kit/database';

// The partial index holds nothing else, and in health it is empty.
const SQL = `SELECT count(*)::int AS n FROM payment WHERE status = 'IN_DOUBT'`;

export async function countInDoubt(sql: SqlClient): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(SQL);
  return rows[0]?.n ?? 0;
}
