import type { SqlClient } from '@outrider/service-kit/database';

const SQL = 'SELECT generation::float8 AS generation FROM stock_generation';

export async function readGeneration(sql: SqlClient): Promise<number> {
  const { rows } = await sql.query<{ generation: number }>(SQL);
  const generation = rows[0]?.generation;
  if (generation === undefined) throw new Error('stock_generation has lost its row');
  return generation;
}
