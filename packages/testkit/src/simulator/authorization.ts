/** What became of a customer's money. */
export type AuthorizationStatus =
  | 'REQUIRES_ACTION'
  | 'AUTHORIZED'
  | 'DECLINED'
  | 'CAPTURED'
  | 'VOIDED'
  | 'PARTIALLY_REFUNDED'
  | 'REFUNDED';

/** What one has besides that was asked for in Stripe's way. */
export interface StripeTerms {
  readonly metadata: Readonly<Record<string, string>>;
  readonly paymentMethod: string;
  /** where a customer is sent back to; null: who must act does so in the shop's own page */
  readonly returnUrl: string | null;
}

/** One authorisation as the provider keeps it. Amounts in the currency's minor unit. */
export interface Authorization {
  readonly id: string;
  /** what the merchant calls it: the order's id */
  readonly reference: string;
  readonly amount: number;
  readonly currency: string;
  readonly status: AuthorizationStatus;
  readonly capturedAmount: number;
  readonly refundedAmount: number;
  /** why it was declined */
  readonly reason: string | null;
  /** where the customer says yes or no; null when nothing was ever asked of the customer */
  readonly redirectUrl: string | null;
  readonly createdAt: string;
  /** null of one that was asked for in the simulator's own way */
  readonly stripe: StripeTerms | null;
}

/** `approve` and `deny` are the customer's. */
export type Change = 'capture' | 'void' | 'refund' | 'approve' | 'deny';

/** A provider's no: `code` is stable, `message` is for people. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

export type Changed = { readonly ok: true; readonly value: Authorization } | ({ readonly ok: false } & Refusal);

/** Captures, voids or refunds; what the state of the money does not allow is refused. */
export function change(before: Authorization, what: Change, amount: number | undefined): Changed {
  switch (what) {
    case 'capture':
      if (before.status !== 'AUTHORIZED') return impossible(before, what);
      if (amount !== undefined && amount > before.amount)
        return refused('amount_too_large', 'more than was authorised');
      return { ok: true, value: { ...before, status: 'CAPTURED', capturedAmount: amount ?? before.amount } };
    case 'void':
      if (before.status !== 'AUTHORIZED' && before.status !== 'REQUIRES_ACTION' && !mayTryAgain(before)) {
        return impossible(before, what);
      }
      return { ok: true, value: { ...before, status: 'VOIDED' } };
    case 'approve':
      if (before.status !== 'REQUIRES_ACTION' && !mayTryAgain(before)) return impossible(before, what);
      return { ok: true, value: { ...before, status: 'AUTHORIZED', reason: null } };
    case 'deny':
      if (before.status !== 'REQUIRES_ACTION') return impossible(before, what);
      return { ok: true, value: { ...before, status: 'DECLINED', reason: 'denied_by_customer' } };
    case 'refund': {
      if (before.status !== 'CAPTURED' && before.status !== 'PARTIALLY_REFUNDED') return impossible(before, what);
      const open = before.capturedAmount - before.refundedAmount;
      const back = amount ?? open;
      if (back > open) return refused('amount_too_large', 'more than was captured and not yet refunded');
      const status = back === open ? 'REFUNDED' : 'PARTIALLY_REFUNDED';
      return { ok: true, value: { ...before, status, refundedAmount: before.refundedAmount + back } };
    }
  }
}

/** With Stripe a decline is not the end: the same payment waits for another card until it is cancelled. */
function mayTryAgain({ status, stripe }: Authorization): boolean {
  return status === 'DECLINED' && stripe !== null;
}

function impossible(before: Authorization, what: Change): Changed {
  return refused('impossible_in_state', `cannot ${what}: it is ${before.status}`);
}

function refused(code: string, message: string): Changed {
  return { ok: false, code, message };
}
