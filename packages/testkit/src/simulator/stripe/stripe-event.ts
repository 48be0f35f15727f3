import { randomUUID } from 'node:crypto';
import type { Authorization } from '../authorization.js';
import { charge, paymentIntent } from './stripe-objects.js';

const TYPES = {
  REQUIRES_ACTION: 'payment_intent.requires_action',
  AUTHORIZED: 'payment_intent.amount_capturable_updated',
  DECLINED: 'payment_intent.payment_failed',
  CAPTURED: 'payment_intent.succeeded',
  PARTIALLY_REFUNDED: 'charge.refunded',
  REFUNDED: 'charge.refunded',
  VOIDED: 'payment_intent.canceled',
} as const satisfies Record<Authorization['status'], string>;

/** A new event in Stripe's form, that tells how a payment stands. */
export function stripeEvent(shown: Authorization): string {
  const type = TYPES[shown.status];
  return JSON.stringify({
    id: `evt_${randomUUID().replaceAll('-', '')}`,
    object: 'event',
    created: Math.floor(Date.now() / 1_000),
    data: { object: type === 'charge.refunded' ? charge(shown) : paymentIntent(shown) },
    livemode: false,
    pending_webhooks: 1,
    type,
  });
}
