import type { Metadata, Refund } from '@outrider/contracts';
import { defineTable, type Row, type SqlClient } from '@outrider/service-kit/database';
import { refundFailure } from '../../domain/reason.js';
import type { RefundShares } from '../../domain/refund.js';
import { REFUNDS, type RefundRow } from '../tables/refunds.js';

// An order without refunds is one row of NULLs, no order is none. Before `restocked` was kept, a refund that had succeeded had all its pieces in stock again.
const { restocked: _, ...KEPT } = REFUNDS.columns;
const STORED = defineTable<Omit<RefundRow, 'restocked'>>('refund', KEPT);
const SQL = `SELECT ${STORED.select('r')}, r.restocked OR r.status = 'SUCCEEDED' AND r.restock AND r.lines IS NOT NULL AS restocked
FROM orders o LEFT JOIN refund r ON r.order_id = o.id
WHERE o.id = $1::uuid AND ($2::text IS NULL OR o.customer_id = $2::text) ORDER BY r.id`;

/** A refund with everything that is stored of it; `refundView` decides who may see what. */
export type StoredRefund = Omit<Refund, 'reason' | 'failureDetail' | 'providerRefundId' | 'metadata'> & {
  readonly metadata: Metadata;
  readonly reason: string;
  readonly failureDetail: string | null;
  readonly providerRefundId: string | null;
  readonly shares: RefundShares | null;
};

/**
 * All refunds of an order, oldest first; undefined when there is no such order.
 * @param customerId an order of somebody else is none; null: of all customers
 */
export async function readRefunds(
  sql: SqlClient,
  orderId: string,
  customerId: string | null = null,
): Promise<readonly StoredRefund[] | undefined> {
  const { rows } = await sql.query<Row>(SQL, [orderId, customerId]);
  if (rows.length === 0) return undefined;
  const refunds = rows.filter((row) => row[STORED.columns.refundId.name] !== null);
  return refunds.map((row) => {
    const { requestedAmount, lines, createdAt, updatedAt, ...stored } = REFUNDS.read(row);
    const { code, detail } = refundFailure({ reason: stored.failure, detail: stored.failureDetail });
    const kinds = Object.keys(stored.shares?.adjustments ?? {});
    return {
      ...stored,
      ...(requestedAmount !== null && { requestedAmount }),
      ...(lines !== null && { lines }),
      ...(kinds.length > 0 && { adjustments: kinds }),
      failure: code,
      failureDetail: detail,
      createdAt: createdAt.toISOString(),
      updatedAt: updatedAt.toISOString(),
    };
  });
}
