import { createHash } from 'node:crypto';
import type { Authorization } from '../authorization.js';

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

/** @param expanded with its charge as a whole, not by id */
export function paymentIntent(shown: Authorization, expanded = false): StripeObject {
  const { id, amount, capturedAmount, createdAt, currency, reason, redirectUrl, status, stripe } = shown;
  const acts = status === 'REQUIRES_ACTION';
  const charged = acts ? null : charge(shown);
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
    latest_charge: expanded ? charged : (charged?.['id'] ?? null),
    livemode: false,
    metadata: stripe?.metadata ?? { order_id: shown.reference },
    next_action: acts ? nextAction(redirectUrl, stripe?.returnUrl ?? null) : null,
    payment_method: status === 'DECLINED' ? null : (stripe?.paymentMethod ?? null),
    payment_method_types: ['card'],
    status: STATUSES[status],
  };
}

export function charge(shown: Authorization): StripeObject {
  const { id, amount, capturedAmount, refundedAmount, createdAt, currency, status, stripe } = shown;
  const captured = capturedAmount > 0;
  return {
    id: `ch_${sumOf(id)}`,
    object: 'charge',
    amount,
    amount_captured: capturedAmount,
    // with Stripe, what was only authorised and is let go of counts as refunded
    amount_refunded: captured ? refundedAmount : status === 'VOIDED' ? amount : 0,
    captured,
    created: seconds(createdAt),
    currency: currency.toLowerCase(),
    livemode: false,
    metadata: stripe?.metadata ?? { order_id: shown.reference },
    paid: status !== 'DECLINED',
    payment_intent: id,
    refunded: captured ? refundedAmount === capturedAmount : status === 'VOIDED',
    status: status === 'DECLINED' ? 'failed' : 'succeeded',
  };
}

/** @param key that it was asked for under: one key, one refund. */
export function refund(shown: Authorization, key: string, amount: number, expanded: boolean): StripeObject {
  return {
    id: `re_${sumOf(key)}`,
    object: 'refund',
    amount,
    charge: `ch_${sumOf(shown.id)}`,
    currency: shown.currency.toLowerCase(),
    payment_intent: expanded ? paymentIntent(shown, true) : shown.id,
    status: 'succeeded',
  };
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

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}
