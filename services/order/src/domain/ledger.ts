import type { DisputeOutcome, Metadata, RefundStatus } from '@outrider/contracts';
import type { Why } from './reason.js';

/** A refund of an order as its table has it. */
export interface KnownRefund {
  /** ours; the provider's for a refund made there */
  readonly id: string;
  readonly by: RefundedBy;
  /** minor units */
  readonly amount: number;
  readonly status: RefundStatus;
  /** its pieces are back in stock */
  readonly restocked: boolean;
  readonly metadata?: Metadata | null;
}

/** Where a refund was made: by the shop through the API, or at the payment provider. */
export const REFUNDED_BY = ['shop', 'provider'] as const;
export type RefundedBy = (typeof REFUNDED_BY)[number];

/** A dispute of an order's payment. Amounts in minor units. */
export interface Dispute {
  /** the provider's id of it */
  readonly disputeId: string;
  readonly amount: number;
  /** what the provider withholds for it */
  readonly withheldAmount: number;
  readonly reason: string;
  /** until when the shop can respond; an ISO time */
  readonly respondBy: string | null;
  readonly status: 'OPEN' | DisputeOutcome;
}

/**
 * What an order's tables keep of its refunds and disputes, each by its own id. It is read, under the saga's lock, for
 * the inputs that are about one of them (`needsLedger`).
 */
export interface Ledger {
  readonly refunds: readonly KnownRefund[];
  readonly disputes: readonly Dispute[];
}

export const EMPTY_LEDGER: Ledger = { refunds: [], disputes: [] };

/** What an input changes in the ledger besides the saga. */
export type LedgerChange =
  /** a refund requested here has ended, was returned after it had ended, or is of another amount */
  | {
      readonly kind: 'refund';
      readonly refundId: string;
      /** minor units: as requested, until payment refunds another amount */
      readonly amount: number;
      readonly status: RefundStatus;
      readonly failure: Why | null;
      readonly restocked: boolean;
    }
  /** a refund without a row so far: made at the provider, or by the release of an order */
  | {
      readonly kind: 'found';
      readonly by: RefundedBy;
      readonly id: string;
      readonly amount: number;
      readonly status: Exclude<RefundStatus, 'PENDING'>;
      readonly failure: Why | null;
    }
  | { readonly kind: 'dispute'; readonly dispute: Dispute };

export function findRefund(ledger: Ledger, by: RefundedBy, id: string): KnownRefund | undefined {
  return ledger.refunds.find((refund) => refund.by === by && refund.id === id);
}

export function findDispute(ledger: Ledger, disputeId: string): Dispute | undefined {
  return ledger.disputes.find((dispute) => dispute.disputeId === disputeId);
}

/** The ledger after changes, for the next input of the same transaction. */
export function changed(ledger: Ledger, changes: readonly LedgerChange[]): Ledger {
  return changes.reduce<Ledger>((before, change) => {
    switch (change.kind) {
      case 'refund': {
        const { refundId, amount, status, restocked } = change;
        const refunds = before.refunds.map((one) =>
          one.by === 'shop' && one.id === refundId ? { ...one, amount, status, restocked } : one,
        );
        return { ...before, refunds };
      }
      case 'found': {
        const { by, id, amount, status } = change;
        const others = before.refunds.filter((one) => one.by !== by || one.id !== id);
        return { ...before, refunds: [...others, { by, id, amount, status, restocked: false }] };
      }
      case 'dispute': {
        const others = before.disputes.filter(({ disputeId }) => disputeId !== change.dispute.disputeId);
        return { ...before, disputes: [...others, change.dispute] };
      }
    }
  }, ledger);
}
