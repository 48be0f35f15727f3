import { idSchema } from '@outrider/contracts';
import { z } from 'zod';
import type { RequiredAction } from '../../domain/payment.js';
import type { ProviderRecord } from '../../domain/provider-answer.js';
import { fromStripe } from './stripe-amounts.js';

/** The names under which we write on a payment whose it is. */
export const ORDER_ID = 'order_id';
export const PAYMENT_KEY = 'payment_key';

const reference = z.string().min(1).max(200);
const amount = z.int().min(0);
const metadata = z.record(z.string(), z.string()).default({});

/** What is read of a charge. */
export const chargeSchema = z.object({
  payment_intent: reference.nullish(),
  currency: z.string(),
  captured: z.boolean(),
  amount_captured: amount,
  amount_refunded: amount,
  metadata,
});

/** What is read of a payment intent. Its newest charge is there as a whole where it was asked for so, else as its id. */
export const intentSchema = z.object({
  id: reference,
  status: z.string(),
  amount,
  amount_received: amount.default(0),
  currency: z.string(),
  created: z.int(),
  client_secret: z.string().max(500).nullish(),
  latest_charge: z.union([z.string(), z.object({ amount_refunded: amount })]).nullish(),
  last_payment_error: z.object({ code: z.string().optional(), decline_code: z.string().optional() }).nullish(),
  next_action: z.object({ redirect_to_url: z.object({ url: z.url().max(2000) }).optional() }).nullish(),
  metadata,
});
export type Intent = z.infer<typeof intentSchema>;
export type Charge = z.infer<typeof chargeSchema>;

/** What a card network says for the merchant's ears only: a thief must not learn why. */
const NOT_FOR_CUSTOMERS = new Set(['fraudulent', 'lost_card', 'merchant_blacklist', 'pickup_card', 'stolen_card']);

/** Why a card was declined, in a word; reasons are shown to customers. */
export function declineReason(error: {
  readonly code?: string | undefined;
  readonly decline_code?: string | undefined;
}): string {
  const reason = error.decline_code || error.code || 'declined';
  return NOT_FOR_CUSTOMERS.has(reason) ? 'generic_decline' : reason;
}

/**
 * How a payment stands, by its intent; undefined while Stripe has not made up its mind, or shows what cannot be.
 *
 * @param actionMs how long a customer has who must act
 */
export function recordOf(intent: Intent, actionMs: number): ProviderRecord | undefined {
  const currency = intent.currency.toUpperCase();
  const capturedAmount = fromStripe(intent.amount_received, currency);
  const back = typeof intent.latest_charge === 'object' ? (intent.latest_charge?.amount_refunded ?? 0) : 0;
  const refundedAmount = fromStripe(back, currency);
  if (capturedAmount === undefined || refundedAmount === undefined) return undefined;
  const uncaptured = { reference: intent.id, capturedAmount: 0, refundedAmount: 0, reason: null };
  switch (intent.status) {
    case 'requires_capture':
      return { ...uncaptured, status: 'AUTHORIZED' };
    case 'requires_action': {
      const action = actionOf(intent, actionMs);
      return action && { ...uncaptured, status: 'REQUIRES_ACTION', action };
    }
    case 'requires_payment_method': {
      // without an error it was not tried yet: the request that made it is still at it
      const { last_payment_error: error } = intent;
      return error ? { ...uncaptured, status: 'DECLINED', reason: declineReason(error), open: true } : undefined;
    }
    case 'canceled':
      // the charge of one that was only authorised counts as refunded then
      return { ...uncaptured, status: 'VOIDED' };
    case 'succeeded':
      return { ...uncaptured, ...kept(capturedAmount, refundedAmount) };
    default:
      return undefined;
  }
}

/** How a payment stands, by its charge; undefined when it was never captured, or the charge belongs to no intent. */
export function recordOfCharge(charge: Charge): ProviderRecord | undefined {
  const currency = charge.currency.toUpperCase();
  const capturedAmount = fromStripe(charge.amount_captured, currency);
  const refundedAmount = fromStripe(charge.amount_refunded, currency);
  const { captured, payment_intent: intent } = charge;
  if (!captured || !intent || capturedAmount === undefined || refundedAmount === undefined) return undefined;
  return { reference: intent, reason: null, ...kept(capturedAmount, refundedAmount) };
}

/** The order that a payment is for; undefined when it is none of ours. */
export function orderIdOf(thing: { readonly metadata: Readonly<Record<string, string>> }): string | undefined {
  return idSchema.safeParse(thing.metadata[ORDER_ID]).data;
}

function kept(
  capturedAmount: number,
  refundedAmount: number,
): Pick<ProviderRecord, 'status' | 'capturedAmount' | 'refundedAmount'> {
  const status =
    refundedAmount === 0 ? 'CAPTURED' : refundedAmount < capturedAmount ? 'PARTIALLY_REFUNDED' : 'REFUNDED';
  return { status, capturedAmount, refundedAmount };
}

function actionOf({ next_action: next, client_secret: secret }: Intent, actionMs: number): RequiredAction | undefined {
  const expiresAt = new Date(Date.now() + actionMs).toISOString();
  const redirectUrl = next?.redirect_to_url?.url;
  if (redirectUrl !== undefined) return { redirectUrl, expiresAt };
  return secret ? { clientSecret: secret, expiresAt } : undefined;
}
