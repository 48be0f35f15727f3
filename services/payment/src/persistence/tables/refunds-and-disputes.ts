import { bigint, defineTable, nullable, text, uuid, type Column } from '@outrider/service-kit/database';
import type { Refund } from '../../domain/payment.js';
import type { ProviderDispute } from '../../domain/provider-answer.js';

/** A time as it is in events: UTC, ISO 8601, milliseconds. */
const isoTime = (name: string): Column<string> => ({
  name,
  type: 'timestamp with time zone',
  nullable: false,
  read: (value) => new Date(String(value)).toISOString(),
  write: (value) => value,
});

/** Whose payment a refund or dispute is of. */
export interface Parent {
  readonly paymentId: string;
}

/** A refund by the provider's id. */
export const REFUNDS = defineTable<Refund>('refund', {
  id: text('provider_refund_id'),
  refundId: nullable(uuid('refund_id')),
  amount: bigint('amount'),
  status: text<Refund['status']>('status'),
  by: text<Refund['by']>('requested_by'),
  reason: nullable(text('reason')),
  createdAt: isoTime('created_at'),
});
export const REFUND_PARENTS = defineTable<Parent>('refund', { paymentId: uuid('payment_id') });

/** A dispute by the provider's id. */
export const DISPUTES = defineTable<ProviderDispute>('dispute', {
  id: text('provider_dispute_id'),
  amount: bigint('amount'),
  withheldAmount: bigint('withheld_amount'),
  reason: text('reason'),
  status: text<ProviderDispute['status']>('status'),
  respondBy: nullable(isoTime('respond_by')),
  createdAt: isoTime('created_at'),
});
export const DISPUTE_PARENTS = defineTable<Parent>('dispute', { paymentId: uuid('payment_id') });
