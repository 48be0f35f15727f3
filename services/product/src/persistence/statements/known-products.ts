import type { SqlClient } from '@outrider/service-kit/database';

const SQL = 'SELECT id::text AS id FROM product WHERE id = ANY($1::uuid[])';

/** Which of these the catalogue has, retired or not. */
export async function knownProducts(sql: SqlClient, ids: readonly string[]): Promise<ReadonlySet<string>> {
  return new Set((await sql.query<{ id: string }>(SQL, [ids])).rows.map(({ id }) => id));
}
