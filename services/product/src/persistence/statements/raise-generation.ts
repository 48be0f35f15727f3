import type { SqlClient } from '@outrider/service-kit/database';

// Not only one more but at least the time: a database restored from a backup must not reach a generation again
// whose keys Redis may still hold.
const SQL = `UPDATE stock_generation
SET generation = greatest(generation + 1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
RETURNING generation::float8 AS generation`;

/** Invalidates every key in Redis. @returns the new generation */
export async function raiseGeneration(sql: SqlClient): Promise<number> {
  const { rows } = await sql.query<{ generation: number }>(SQL);
  const generation = rows[0]?.generation;
  if (generation === undefined) throw new Error('stock_generation has lost its row');
  return generation;
}
