import type { SqlClient } from '@outrider/service-kit/database';

const SQL = `SELECT FROM product other JOIN product one ON one.id = $1 AND other.sku = one.sku
WHERE (other.position, other.id) > (one.position, one.id) LIMIT 1`;

/** Was another product registered with the same sku after this one, whether it is still sold or not? */
export async function hasSuccessor(sql: SqlClient, productId: string): Promise<boolean> {
  return (await sql.query(SQL, [productId])).rows.length > 0;
}
