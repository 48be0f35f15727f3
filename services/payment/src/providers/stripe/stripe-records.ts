import { idSchema } from '@outrider/contracts';
import { z } from 'zod';
import type { RequiredAction } from '../../domain/payment.js';
import type { ProviderRecord, ProviderRefund } from '../../domain/provider-answer.js';
import { providerName as reference, providerSecret, webAddressOf } from '../provider-text.js';
import { fromStripe } from './stripe-amounts.js';
import { reasonCodeOfStripe } from './stripe-codes.js';
import { refundOf, refundSchema, type Refund } from './stripe-refunds.js';
import { releaseOf, releasingSchema } from './stripe-release.js';

/** The metadata that we store with a payment: the order's id and the key. */
export const ORDER_ID = 'order_id';
export const PAYMENT_KEY = 'payment_key';

const amount = z.int().min(0);
const metadata = z.record(z.string(), z.string()).default({});

/** The refunds in a charge: the newest ones, and whether there are more. */
const refundsSchema = z.object({ data: z.array(refundSchema), has_more: z.boolean().default(false) });

/** What is read of a charge. */
export const chargeSchema = releasingSchema.extend({
  payment_intent: reference.nullish(),
  currency: z.string(),
  captured: z.boolean(),
  amount_captured: amount,
  refunds: refundsSchema.nullish(),
  metadata,
});

const latestChargeSchema = releasingSchema.extend({
  amount_refunded: amount,
  disputed: z.boolean().nullish(),
  refunds: refundsSchema.nullish(),
});

/** What is read of a payment intent. Its newest charge is an object where the request expanded it, else an id. */
export const intentSchema = z.object({
  id: reference,
  status: z.string(),
  amount,
  amount_received: amount.default(0),
  currency: z.string(),
  created: z.int(),
  client_secret: z.string().nullish(),
  latest_charge: z.union([z.string(), latestChargeSchema]).nullish(),
  last_payment_error: z.object({ code: z.string().optional(), decline_code: z.string().optional() }).nullish(),
  next_action: z.object({ redirect_to_url: z.object({ url: z.string() }).nullish() }).nullish(),
  metadata,
});

/** A page of payment intents, of which only the names are read. */
export const pageSchema = z.array(z.looseObject({ id: reference }));
export type Intent = z.infer<typeof intentSchema>;
export type Charge = z.infer<typeof chargeSchema>;
type LatestCharge = z.infer<typeof latestChargeSchema>;

/** Decline codes for the merchant only: a thief must not learn the reason. */
const NOT_FOR_CUSTOMERS = new Set(['fraudulent', 'lost_card', 'merchant_blacklist', 'pickup_card', 'stolen_card']);

/** Why a card was declined, as one code; it is shown to customers. */
export function declineReason(error: {
  readonly code?: string | undefined;
  readonly decline_code?: string | undefined;
}): string {
  const reason = error.decline_code || error.code || 'declined';
  return NOT_FOR_CUSTOMERS.has(reason) ? 'generic_decline' : reason;
}

/**
 * A payment's record, from its intent; undefined while Stripe has not decided, or when the intent is not consistent.
 * The refunds are those in its charge; disputes are not in an intent.
 *
 * @param actionMs how long a customer who must act has, in ms
 */
export function recordOf(intent: Intent, actionMs: number): ProviderRecord | undefined {
  const capturedAmount = fromStripe(intent.amount_received, intent.currency.toUpperCase());
  if (capturedAmount === undefined) return undefined;
  const uncaptured = { reference: intent.id, capturedAmount: 0, refunds: [], disputes: [], reason: null };
  switch (intent.status) {
    case 'requires_capture':
      return { ...uncaptured, status: 'AUTHORIZED' };
    case 'requires_action': {
      const action = actionOf(intent, actionMs);
      return { ...uncaptured, status: 'REQUIRES_ACTION', ...(action && { action }) };
    }
    case 'requires_payment_method': {
      // without an error it was not tried yet: the request that created it is still running
      const { last_payment_error: error } = intent;
      if (!error) return undefined;
      const code = reasonCodeOfStripe(error) ?? 'card-declined';
      return { ...uncaptured, status: 'DECLINED', reason: declineReason(error), code, open: true };
    }
    case 'canceled':
      // the charge of a payment that was only authorised counts as refunded then
      return { ...uncaptured, status: 'VOIDED' };
    case 'succeeded':
      return { ...uncaptured, status: 'CAPTURED', capturedAmount, refunds: shownRefunds(chargeOf(intent)) };
    default:
      return undefined;
  }
}

/** An intent's charge, where the request expanded it. */
export function chargeOf({ latest_charge: charge }: Intent): LatestCharge | undefined {
  return typeof charge === 'object' && charge !== null ? charge : undefined;
}

/** A payment's record, from its charge; undefined when it was never captured, or the charge belongs to no intent. */
export function recordOfCharge(charge: Charge): ProviderRecord | undefined {
  const capturedAmount = fromStripe(charge.amount_captured, charge.currency.toUpperCase());
  const { captured, payment_intent: intent } = charge;
  if (!captured || !intent || capturedAmount === undefined) return undefined;
  const refunds = shownRefunds(charge);
  return { reference: intent, status: 'CAPTURED', capturedAmount, refunds, disputes: [], reason: null };
}

/** The order that a payment is for; undefined when the payment is not ours. */
export function orderIdOf(thing: { readonly metadata: Readonly<Record<string, string>> }): string | undefined {
  return idSchema.safeParse(thing.metadata[ORDER_ID]).data;
}

/**
 * The refunds in a charge, without what is a release or may be: a lookup finds out. It is the oldest, so it is not among
 * those of a list that is cut.
 */
function shownRefunds(charge: LatestCharge | Charge | undefined): ProviderRefund[] {
  if (!charge?.refunds) return [];
  const { data, has_more: more } = charge.refunds;
  const release = more ? undefined : releaseOf(charge, data)?.refund;
  return toRefunds(data.filter((refund) => refund !== release));
}

/** Those that are amounts of ours. */
export function toRefunds(refunds: readonly Refund[]): ProviderRefund[] {
  return refunds.flatMap((refund) => refundOf(refund) ?? []);
}

function actionOf({ next_action: next, client_secret: secret }: Intent, actionMs: number): RequiredAction | undefined {
  const expiresAt = new Date(Date.now() + actionMs).toISOString();
  const redirectUrl = webAddressOf(next?.redirect_to_url?.url);
  if (redirectUrl !== undefined) return { redirectUrl, expiresAt };
  const clientSecret = providerSecret.safeParse(secret).data;
  return clientSecret === undefined ? undefined : { clientSecret, expiresAt };
}
