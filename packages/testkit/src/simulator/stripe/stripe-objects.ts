import { createHash } from 'node:crypto';
import type { Authorization, Dispute, Refund } from '../authorization.js';

/** Stripe's things as JSON, as far as anybody here reads them. */
export type StripeObject = Readonly<Record<string, unknown>>;

const STATUSES = {
  REQUIRES_ACTION: 'requires_action',
  AUTHORIZED: 'requires_capture',
  DECLINED: 'requires_payment_method',
  CAPTURED: 'succeeded',
  PARTIALLY_REFUNDED: 'succeeded',
  REFUNDED: 'succeeded',
  VOIDED: 'canceled',
} as const satisfies Record<Authorization['status'], string>;

/** How far a payment intent or a charge is shown as a whole: things in it by id unless they are expanded. */
export type Expanded = 'nothing' | 'charge' | 'refunds';

/** @param expanded with its charge as a whole, and with the refunds in that */
export function paymentIntent(shown: Authorization, expanded: Expanded = 'nothing'): StripeObject {
  const { id, amount, capturedAmount, createdAt, currency, reason, redirectUrl, status, stripe } = shown;
  const acts = status === 'REQUIRES_ACTION';
  const charged = acts ? null : charge(shown, expanded);
  return {
    id,
    object: 'payment_intent',
    amount,
    amount_capturable: status === 'AUTHORIZED' ? amount : 0,
    amount_received: capturedAmount,
    canceled_at: status === 'VOIDED' ? seconds(createdAt) : null,
    cancellation_reason: status === 'VOIDED' ? 'requested_by_customer' : null,
    capture_method: 'manual',
    client_secret: `${id}_secret_${sumOf(id)}`,
    confirmation_method: 'automatic',
    created: seconds(createdAt),
    currency: currency.toLowerCase(),
    last_payment_error: reason === null ? null : paymentError(reason),
    latest_charge: expanded === 'nothing' ? (charged?.['id'] ?? null) : charged,
    livemode: false,
    metadata: stripe?.metadata ?? { order_id: shown.reference },
    next_action: acts ? nextAction(redirectUrl, stripe?.returnUrl ?? null) : null,
    payment_method: status === 'DECLINED' ? null : (stripe?.paymentMethod ?? null),
    payment_method_types: ['card'],
    status: STATUSES[status],
  };
}

export function charge(shown: Authorization, expanded: Expanded = 'nothing'): StripeObject {
  const { id, amount, capturedAmount, refundedAmount, createdAt, currency, status, stripe } = shown;
  const captured = capturedAmount > 0;
  const released = shown.refunds.find(({ by }) => by === 'release')?.amount ?? 0;
  return {
    id: chargeId(shown),
    object: 'charge',
    amount,
    amount_captured: capturedAmount,
    // with Stripe, what was only authorised and is let go of counts as refunded
    amount_refunded: captured ? refundedAmount + released : status === 'VOIDED' ? amount : 0,
    balance_transaction: captured ? `txn_${id}` : null,
    captured,
    created: seconds(createdAt),
    currency: currency.toLowerCase(),
    disputed: shown.disputes.length > 0,
    livemode: false,
    metadata: stripe?.metadata ?? { order_id: shown.reference },
    paid: status !== 'DECLINED',
    payment_intent: id,
    refunded: captured ? refundedAmount === capturedAmount : status === 'VOIDED',
    ...(expanded === 'refunds' && { refunds: refundList(shown) }),
    status: status === 'DECLINED' ? 'failed' : 'succeeded',
  };
}

/** The charge's, under an id that names the payment. With a release it is of all that was authorised. */
export function balanceTransaction({ id, amount, capturedAmount, currency, refunds }: Authorization): StripeObject {
  return {
    id: `txn_${id}`,
    object: 'balance_transaction',
    amount: refunds.some(({ by }) => by === 'release') ? amount : capturedAmount,
    currency: currency.toLowerCase(),
    type: 'charge',
  };
}

const REFUND_STATUSES = {
  PENDING: 'pending',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  CANCELED: 'canceled',
} as const satisfies Record<Refund['status'], string>;

/** @param of what was refunded, also when it has changed since */
export function refund(of: Authorization, shown: Refund, expanded?: Expanded): StripeObject {
  const { id, amount, createdAt, metadata, reason, status } = shown;
  return {
    id,
    object: 'refund',
    amount,
    charge: chargeId(of),
    created: seconds(createdAt),
    currency: of.currency.toLowerCase(),
    ...(status === 'FAILED' && { failure_reason: reason ?? 'unknown' }),
    metadata,
    payment_intent: expanded === undefined ? of.id : paymentIntent(of, expanded),
    reason: null,
    status: REFUND_STATUSES[status],
  };
}

/** The refunds in a charge: the newest first, and no more than Stripe puts there. */
function refundList(shown: Authorization): StripeObject {
  const all = shown.refunds.toReversed();
  return {
    object: 'list',
    data: all.slice(0, REFUNDS_IN_CHARGE).map((one) => refund(shown, one)),
    has_more: all.length > REFUNDS_IN_CHARGE,
    url: `/v1/charges/${chargeId(shown)}/refunds`,
  };
}
const REFUNDS_IN_CHARGE = 10;

/** What Stripe takes for a dispute besides its amount, won or lost. */
const DISPUTE_FEE = 2_000;

export function dispute(of: Authorization, shown: Dispute): StripeObject {
  const { id, amount, createdAt, inquiry, reason, respondBy, status } = shown;
  const currency = of.currency.toLowerCase();
  const transaction = (moved: number): StripeObject => ({
    id: `txn_${sumOf(`${id}${moved}`)}`,
    object: 'balance_transaction',
    amount: moved,
    currency,
    fee: moved < 0 ? DISPUTE_FEE : 0,
    net: moved < 0 ? moved - DISPUTE_FEE : moved,
    type: 'adjustment',
  });
  return {
    id,
    object: 'dispute',
    amount,
    balance_transactions: [
      ...(inquiry ? [] : [transaction(-amount)]),
      ...(status === 'WON' ? [transaction(amount)] : []),
    ],
    charge: chargeId(of),
    created: seconds(createdAt),
    currency,
    evidence_details: { due_by: respondBy === null ? null : seconds(respondBy), has_evidence: false },
    is_charge_refundable: inquiry && status === 'OPEN',
    livemode: false,
    metadata: {},
    payment_intent: of.id,
    reason,
    status: disputeStatus(shown),
  };
}

function disputeStatus({ inquiry, status }: Dispute): string {
  switch (status) {
    case 'OPEN':
      return inquiry ? 'warning_needs_response' : 'needs_response';
    case 'WON':
      return 'won';
    case 'LOST':
      return 'lost';
    case 'CLOSED':
      return 'warning_closed';
  }
}

/** Why it was declined, as an intent and an error say it. */
export function paymentError(reason: string): StripeObject {
  return reason === 'card_declined'
    ? { type: 'card_error', code: reason, decline_code: 'generic_decline', message: 'Your card was declined.' }
    : {
        type: 'card_error',
        code: 'payment_intent_authentication_failure',
        message: 'The customer did not authenticate the payment.',
      };
}

function nextAction(actUrl: string | null, returnUrl: string | null): StripeObject {
  return returnUrl === null
    ? { type: 'use_stripe_sdk', use_stripe_sdk: {} }
    : { type: 'redirect_to_url', redirect_to_url: { url: actUrl, return_url: returnUrl } };
}

function seconds(time: string): number {
  return Math.floor(Date.parse(time) / 1_000);
}

function chargeId({ id }: Authorization): string {
  return `ch_${sumOf(id)}`;
}

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}
