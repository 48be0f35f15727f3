import { z } from 'zod';
import type { ProviderRecord } from '../../domain/provider-answer.js';
import type { Webhook } from '../payment-provider.js';
import { signatureFault } from '../webhook-signature.js';
import { chargeSchema, intentSchema, orderIdOf, recordOf, recordOfCharge } from './stripe-records.js';

const eventSchema = z.object({
  id: z.string().min(1).max(200),
  type: z.string(),
  data: z.object({ object: z.unknown() }),
});

/** The events that are listened to, by the thing that they carry. All that is needed of each stands in it. */
const OF_AN_INTENT = new Set([
  'payment_intent.amount_capturable_updated',
  'payment_intent.canceled',
  'payment_intent.payment_failed',
  'payment_intent.requires_action',
  'payment_intent.succeeded',
]);
const OF_A_CHARGE = 'charge.refunded';

export interface StripeWebhookSettings {
  readonly webhookSecret: string;
  readonly toleranceMs: number;
  readonly actionMs: number;
}

/**
 * Reads a webhook of Stripe's, signed over these bytes with the endpoint's secret. The package's own check lets a time
 * from the future pass, so that what was overheard could be kept for later.
 *
 * @param now ms since 1970
 */
export function readStripeWebhook(
  raw: Buffer,
  signature: string | string[] | undefined,
  settings: StripeWebhookSettings,
  now: number,
): Webhook {
  const { webhookSecret, toleranceMs, actionMs } = settings;
  const fault = signatureFault({ signature, raw, secret: webhookSecret, toleranceMs, now });
  if (fault !== undefined) return { kind: 'refused', reason: fault };
  const event = eventSchema.safeParse(parse(raw));
  const shown = event.success ? read(event.data.type, event.data.data.object, actionMs) : undefined;
  if (event.data === undefined || shown === undefined) return { kind: 'of-no-concern' };
  return { kind: 'event', event: { eventId: event.data.id, ...shown } };
}

function read(
  type: string,
  thing: unknown,
  actionMs: number,
): { readonly orderId: string; readonly record: ProviderRecord } | undefined {
  if (OF_AN_INTENT.has(type)) {
    const intent = intentSchema.safeParse(thing);
    return intent.success ? of(orderIdOf(intent.data), recordOf(intent.data, actionMs)) : undefined;
  }
  if (type !== OF_A_CHARGE) return undefined;
  const charge = chargeSchema.safeParse(thing);
  return charge.success ? of(orderIdOf(charge.data), recordOfCharge(charge.data)) : undefined;
}

function of(
  orderId: string | undefined,
  record: ProviderRecord | undefined,
): { orderId: string; record: ProviderRecord } | undefined {
  return orderId === undefined || record === undefined ? undefined : { orderId, record };
}

function parse(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    // from Stripe, and nothing that we know
    return undefined;
  }
}
