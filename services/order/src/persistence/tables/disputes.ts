import { bigint, defineTable, nullable, text, time, uuid } from '@outrider/service-kit/database';
import type { Dispute } from '../../domain/ledger.js';

export type DisputeRow = Omit<Dispute, 'respondBy'> & { readonly orderId: string; readonly respondBy: Date | null };

/** What a customer disputes. */
export const DISPUTES = defineTable<DisputeRow>('dispute', {
  orderId: uuid('order_id'),
  disputeId: text('dispute_id'),
  amount: bigint('amount'),
  withheldAmount: bigint('withheld_amount'),
  reason: text('reason'),
  respondBy: nullable(time('respond_by')),
  status: text<Dispute['status']>('status'),
});

/** When a dispute was reported first, and when it last changed. */
export const DISPUTE_TIMES = defineTable<{ readonly createdAt: Date; readonly updatedAt: Date }>('dispute', {
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
});

/** A dispute as the domain has it, from what was read. */
export function disputeOf<D extends Pick<DisputeRow, 'respondBy'>>({ respondBy, ...dispute }: D) {
  return { ...dispute, respondBy: respondBy?.toISOString() ?? null };
}
