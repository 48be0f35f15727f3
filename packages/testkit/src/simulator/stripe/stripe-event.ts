import { randomUUID } from 'node:crypto';
import type { Authorization } from '../authorization.js';
import type { Happening } from '../changes.js';
import { charge, dispute, paymentIntent, refund, type StripeObject } from './stripe-objects.js';

const TYPES = {
  REQUIRES_ACTION: 'payment_intent.requires_action',
  AUTHORIZED: 'payment_intent.amount_capturable_updated',
  DECLINED: 'payment_intent.payment_failed',
  CAPTURED: 'payment_intent.succeeded',
  PARTIALLY_REFUNDED: 'payment_intent.succeeded',
  REFUNDED: 'payment_intent.succeeded',
  VOIDED: 'payment_intent.canceled',
} as const satisfies Record<Authorization['status'], string>;

/** New events in Stripe's form, that report something that happened: each carries the thing that it is about. */
export function stripeEvents(change: {
  readonly authorization: Authorization;
  readonly happening: Happening;
}): string[] {
  return shown(change).map(([type, object]) =>
    JSON.stringify({
      id: `evt_${randomUUID().replaceAll('-', '')}`,
      object: 'event',
      created: Math.floor(Date.now() / 1_000),
      data: { object },
      livemode: false,
      pending_webhooks: 1,
      type,
    }),
  );
}

function shown({
  authorization,
  happening,
}: {
  readonly authorization: Authorization;
  readonly happening: Happening;
}): [type: string, object: StripeObject][] {
  switch (happening.type) {
    case 'authorization':
      return [[TYPES[authorization.status], paymentIntent(authorization)], ...ofRelease(authorization)];
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed':
      return ofRefund(authorization, happening.type, happening.refundId);
    case 'dispute.created':
    case 'dispute.updated':
    case 'dispute.closed':
      return ofDispute(authorization, happening.type, happening.disputeId);
  }
}

/** Of a capture that released the rest as a refund: it happens only once, and is the last of the authorisation itself. */
function ofRelease(authorization: Authorization): [type: string, object: StripeObject][] {
  const release = authorization.refunds.find(({ by }) => by === 'release');
  if (release === undefined) return [];
  return [
    ...ofRefund(authorization, 'refund.created', release.id),
    ['charge.refund.updated', refund(authorization, release)],
  ];
}

function ofRefund(
  authorization: Authorization,
  type: 'refund.created' | 'refund.updated' | 'refund.failed',
  refundId: string,
): [type: string, object: StripeObject][] {
  const found = authorization.refunds.find(({ id }) => id === refundId);
  if (found === undefined) return [];
  const object = refund(authorization, found);
  if (type === 'refund.created') {
    return [
      [type, object],
      ['charge.refunded', charge(authorization)],
    ];
  }
  return type === 'refund.failed'
    ? [
        ['refund.updated', object],
        ['refund.failed', object],
      ]
    : [[type, object]];
}

function ofDispute(
  authorization: Authorization,
  type: 'dispute.created' | 'dispute.updated' | 'dispute.closed',
  disputeId: string,
): [type: string, object: StripeObject][] {
  const found = authorization.disputes.find(({ id }) => id === disputeId);
  if (found === undefined) return [];
  const object = dispute(authorization, found);
  const moved =
    type === 'dispute.closed'
      ? found.status === 'WON' && 'charge.dispute.funds_reinstated'
      : found.withheldAmount > 0 && 'charge.dispute.funds_withdrawn';
  return [[`charge.${type}`, object], ...(moved ? [[moved, object] as [string, StripeObject]] : [])];
}
