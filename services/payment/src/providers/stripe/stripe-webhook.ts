import type { Credential } from '@outrider/connections';
import { z } from 'zod';
import type { ProviderEvent, Webhook } from '../payment-provider.js';
import { providerName } from '../provider-text.js';
import { signatureFault } from '../webhook-signature.js';
import { chargeSchema, intentSchema, orderIdOf, recordOf, recordOfCharge } from './stripe-records.js';
import { disputeOf, disputeSchema, refundOf, refundSchema } from './stripe-refunds.js';

const eventSchema = z.object({
  id: providerName,
  type: z.string(),
  data: z.object({ object: z.unknown() }),
});

/** The events that are used, by the object in them. Each contains all that is needed of it. */
const OF_AN_INTENT = new Set([
  'payment_intent.amount_capturable_updated',
  'payment_intent.canceled',
  'payment_intent.payment_failed',
  'payment_intent.requires_action',
  'payment_intent.succeeded',
]);
const OF_A_REFUND = new Set(['refund.created', 'refund.updated', 'refund.failed', 'charge.refund.updated']);
const OF_A_DISPUTE = new Set([
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
]);
const OF_A_CHARGE = 'charge.refunded';

export interface StripeWebhookSettings {
  readonly webhookSecrets: Credential<readonly string[]>;
  readonly toleranceMs: number;
  readonly actionMs: number;
}

/**
 * Reads a webhook of Stripe, signed over these bytes with the endpoint's secret. The package's own check accepts a time
 * in the future, so a webhook that was intercepted could be sent later.
 *
 * @param now ms since 1970
 */
export function readStripeWebhook(
  raw: Buffer,
  signature: string | string[] | undefined,
  settings: StripeWebhookSettings,
  now: number,
): Webhook {
  const { webhookSecrets, toleranceMs, actionMs } = settings;
  const fault = signatureFault({ signature, raw, secrets: webhookSecrets.current(), toleranceMs, now });
  if (fault !== undefined) return { kind: 'refused', reason: fault };
  const event = eventSchema.safeParse(parse(raw));
  const shown = event.success ? read(event.data.type, event.data.data.object, actionMs) : undefined;
  if (event.data === undefined || shown === undefined) return { kind: 'of-no-concern' };
  return { kind: 'event', event: { eventId: event.data.id, ...shown } };
}

function read(type: string, thing: unknown, actionMs: number): Omit<ProviderEvent, 'eventId'> | undefined {
  if (OF_AN_INTENT.has(type)) {
    const intent = intentSchema.safeParse(thing).data;
    return intent && of(orderIdOf(intent), recordOf(intent, actionMs));
  }
  if (OF_A_REFUND.has(type)) {
    const refund = refundSchema.safeParse(thing).data;
    const shown = refund && refundOf(refund);
    if (!shown || !refund?.payment_intent) return undefined;
    // a refund made by hand has no metadata of ours
    const orderId = orderIdOf(refund) ?? null;
    const part = { reference: refund.payment_intent, refunds: [shown], disputes: [] };
    return { orderId, shown: shown.refundId === null ? { ...part, mayBeRelease: true } : part };
  }
  if (OF_A_DISPUTE.has(type)) {
    const dispute = disputeSchema.safeParse(thing).data;
    const shown = dispute && disputeOf(dispute);
    if (!shown || !dispute?.payment_intent) return undefined;
    return { orderId: null, shown: { reference: dispute.payment_intent, refunds: [], disputes: [shown] } };
  }
  if (type !== OF_A_CHARGE) return undefined;
  const charge = chargeSchema.safeParse(thing).data;
  return charge && of(orderIdOf(charge), recordOfCharge(charge));
}

function of(
  orderId: string | undefined,
  shown: ProviderEvent['shown'] | undefined,
): Omit<ProviderEvent, 'eventId'> | undefined {
  return orderId === undefined || shown === undefined ? undefined : { orderId, shown };
}

function parse(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    // from Stripe, but of a type or form that is not used
    return undefined;
  }
}
