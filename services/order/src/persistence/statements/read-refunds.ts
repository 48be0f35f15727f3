import type { Metadata, ProductQuantity, Refund, RefundStatus } from '@outrider/contracts';
import type { SqlClient } from '@outrider/service-kit/database';
import type { RefundedBy } from '../../domain/ledger.js';
import { refundFailure } from '../../domain/reason.js';
import type { RefundShares } from '../../domain/refund.js';

const SQL = `SELECT id, amount, requested_amount, lines, made_by, provider_refund_id, shares, metadata, restock, reason, status, failure, failure_detail,
  restocked OR status = 'SUCCEEDED' AND restock AND lines IS NOT NULL AS restocked, created_at::text, updated_at::text
FROM refund WHERE order_id=$1 ORDER BY id`;

interface Row {
  readonly id: string;
  readonly amount: string;
  readonly requested_amount: string | null;
  readonly lines: ProductQuantity[] | null;
  readonly made_by: RefundedBy;
  readonly provider_refund_id: string | null;
  readonly shares: RefundShares | null;
  readonly metadata: Metadata | null;
  readonly restock: boolean;
  readonly restocked: boolean;
  readonly reason: string;
  readonly status: RefundStatus;
  readonly failure: string | null;
  readonly failure_detail: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** A refund with everything that is stored of it; `refundView` decides who may see what. */
export type StoredRefund = Omit<Refund, 'reason' | 'failureDetail' | 'providerRefundId' | 'metadata'> & {
  readonly metadata: Metadata;
  readonly reason: string;
  readonly failureDetail: string | null;
  readonly providerRefundId: string | null;
  readonly shares: RefundShares | null;
};

/** All refunds of an order, oldest first. */
export async function readRefunds(sql: SqlClient, orderId: string): Promise<readonly StoredRefund[]> {
  const { rows } = await sql.query<Row>(SQL, [orderId]);
  return rows.map((row) => {
    const { code, detail } = refundFailure({ reason: row.failure, detail: row.failure_detail });
    const kinds = Object.keys(row.shares?.adjustments ?? {});
    return {
      refundId: row.id,
      amount: Number(row.amount),
      ...(row.requested_amount !== null && { requestedAmount: Number(row.requested_amount) }),
      ...(row.lines !== null && { lines: row.lines }),
      ...(kinds.length > 0 && { adjustments: kinds }),
      by: row.made_by,
      providerRefundId: row.provider_refund_id,
      shares: row.shares,
      metadata: row.metadata ?? {},
      restock: row.restock,
      restocked: row.restocked,
      reason: row.reason,
      status: row.status,
      failure: code,
      failureDetail: detail,
      createdAt: new Date(row.created_at).toISOString(),
      updatedAt: new Date(row.updated_at).toISOString(),
    };
  });
}
