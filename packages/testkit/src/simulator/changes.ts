import type { Authorization, Refund } from './authorization.js';

/** What happened, by the thing it happened to: what webhooks are about. */
export type Happening =
  | { readonly type: 'authorization' }
  | { readonly type: 'refund.created' | 'refund.updated' | 'refund.failed'; readonly refundId: string }
  | { readonly type: 'dispute.created' | 'dispute.updated' | 'dispute.closed'; readonly disputeId: string };

/** A provider's no: `code` is stable, `message` is for people. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

export type Changed =
  | { readonly ok: true; readonly value: Authorization; readonly happening: Happening }
  | ({ readonly ok: false } & Refusal);

/** What becomes of an authorisation by a request; what the state of the money does not allow is refused. */
export type Change = (before: Authorization) => Changed;

/** @param amount what is captured of it; all when undefined */
export const capture =
  (amount: number | undefined): Change =>
  (before) => {
    if (before.status !== 'AUTHORIZED') return impossible('capture', before);
    if (amount !== undefined && amount > before.amount) return refused('amount_too_large', 'more than was authorised');
    return done({ ...before, status: 'CAPTURED', capturedAmount: amount ?? before.amount });
  };

/**
 * As people capture at the dashboard of an account whose version of Stripe's API is from before 2025-03-31: what is not
 * captured becomes a refund. There is none in the simulator's own way.
 */
export const captureWithRelease =
  (amount: number | undefined, release: Pick<Refund, 'id' | 'createdAt'>): Change =>
  (before) => {
    const captured = capture(amount)(before);
    if (!captured.ok || before.stripe === null) return captured;
    const { value } = captured;
    const rest = value.amount - value.capturedAmount;
    if (rest === 0) return captured;
    const released = {
      ...release,
      amount: rest,
      status: 'SUCCEEDED',
      reason: null,
      metadata: {},
      by: 'release',
    } as const;
    return done({ ...value, refunds: [...value.refunds, released] });
  };

export const voidIt: Change = (before) => {
  if (before.status !== 'AUTHORIZED' && before.status !== 'REQUIRES_ACTION' && !mayTryAgain(before)) {
    return impossible('void', before);
  }
  return done({ ...before, status: 'VOIDED' });
};

/** The customer's yes. */
export const approve: Change = (before) => {
  if (before.status !== 'REQUIRES_ACTION' && !mayTryAgain(before)) return impossible('approve', before);
  return done({ ...before, status: 'AUTHORIZED', reason: null });
};

/** The customer's no. */
export const deny: Change = (before) => {
  if (before.status !== 'REQUIRES_ACTION') return impossible('deny', before);
  return done({ ...before, status: 'DECLINED', reason: 'denied_by_customer' });
};

export function impossible(what: string, { status }: { readonly status: string }): Changed {
  return refused('impossible_in_state', `cannot ${what}: it is ${status}`);
}

export function refused(code: string, message: string): Changed {
  return { ok: false, code, message };
}

function done(value: Authorization): Changed {
  return { ok: true, value, happening: { type: 'authorization' } };
}

/** With Stripe a decline is not the end: the same payment waits for another card until it is cancelled. */
function mayTryAgain({ status, stripe }: Authorization): boolean {
  return status === 'DECLINED' && stripe !== null;
}
