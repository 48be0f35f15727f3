import type { ProductQuantity, Refund, RefundStatus } from '@outrider/contracts';
import type { SqlClient } from '@outrider/service-kit/database';

const SQL = `SELECT id, amount, lines, restock, reason, status, failure, created_at::text, updated_at::text
FROM refund WHERE order_id=$1 ORDER BY id`;

interface Row {
  readonly id: string;
  readonly amount: string;
  readonly lines: ProductQuantity[] | null;
  readonly restock: boolean;
  readonly reason: string;
  readonly status: RefundStatus;
  readonly failure: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** All refunds of an order, in the order in which they were asked for. */
export async function readRefunds(sql: SqlClient, orderId: string): Promise<readonly Refund[]> {
  const { rows } = await sql.query<Row>(SQL, [orderId]);
  return rows.map(({ id, amount, lines, restock, reason, status, failure, created_at, updated_at }) => ({
    refundId: id,
    amount: Number(amount),
    ...(lines !== null && { lines }),
    restock,
    reason,
    status,
    failure,
    createdAt: new Date(created_at).toISOString(),
    updatedAt: new Date(updated_at).toISOString(),
  }));
}
