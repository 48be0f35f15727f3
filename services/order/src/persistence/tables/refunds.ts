import type { Metadata, ProductQuantity, RefundStatus } from '@outrider/contracts';
import {
  absentAs,
  bigint,
  boolean,
  defineTable,
  json,
  nullable,
  text,
  time,
  uuid,
} from '@outrider/service-kit/database';
import type { RefundedBy } from '../../domain/ledger.js';
import type { RefundShares } from '../../domain/refund.js';

/** A refund as it is stored. */
export interface RefundRow {
  readonly refundId: string;
  readonly amount: number;
  /** where another amount was refunded; null: the same */
  readonly requestedAmount: number | null;
  readonly lines: ProductQuantity[] | null;
  readonly by: RefundedBy;
  readonly providerRefundId: string | null;
  readonly shares: RefundShares | null;
  readonly metadata: Metadata;
  readonly restock: boolean;
  readonly restocked: boolean;
  readonly reason: string;
  readonly status: RefundStatus;
  readonly failure: string | null;
  readonly failureDetail: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const REFUNDS = defineTable<RefundRow>('refund', {
  refundId: uuid('id'),
  amount: bigint('amount'),
  requestedAmount: nullable(bigint('requested_amount')),
  lines: nullable(json<ProductQuantity[]>('lines')),
  by: text<RefundedBy>('made_by'),
  providerRefundId: nullable(text('provider_refund_id')),
  shares: nullable(json<RefundShares>('shares')),
  metadata: absentAs(json<Metadata>('metadata'), {}, (metadata) => Object.keys(metadata).length === 0),
  restock: boolean('restock'),
  restocked: boolean('restocked'),
  reason: text('reason'),
  status: text<RefundStatus>('status'),
  failure: nullable(text('failure')),
  failureDetail: nullable(text('failure_detail')),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
});

/** Whose request a refund was; nobody's, where it was made at the provider. */
export interface RefundOrigin {
  readonly orderId: string;
  readonly requestedBy: string | null;
  readonly idempotencyKey: string | null;
}

export const REFUND_ORIGINS = defineTable<RefundOrigin>('refund', {
  orderId: uuid('order_id'),
  requestedBy: nullable(text('requested_by')),
  idempotencyKey: nullable(text('idempotency_key')),
});
