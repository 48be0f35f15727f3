import type { ReasonCode } from '@outrider/contracts';
import { Stripe } from 'stripe';
import type { ProviderAnswer } from '../../domain/provider-answer.js';
import { mayHaveReached, NoAnswerError } from '../http-exchange.js';
import { reasonCodeOfStripe } from './stripe-codes.js';
import { declineReason } from './stripe-records.js';

type StripeError = InstanceType<typeof Stripe.errors.StripeError>;

/** What went wrong: a card was declined, or else it is an answer by itself. */
export type Failure =
  | { readonly kind: 'declined'; readonly reason: string; readonly code: ReasonCode; readonly intent: unknown }
  | Extract<ProviderAnswer, { kind: 'refused' | 'unanswered' }>;

/** Codes that are about our account, our key or how we ask, and about no payment: none may be declined for them. */
const OUR_FAULT = new Set([
  'account_invalid',
  'api_key_expired',
  'livemode_mismatch',
  'parameter_unknown',
  'platform_account_required',
  'platform_api_key_expired',
  'secret_key_required',
  'testmode_charges_only',
  'tls_version_unsupported',
  'url_invalid',
]);
/** Parameters that are the same in every request, and so wrong in every request. */
const OUR_PARAMETERS =
  /^(?:automatic_payment_methods|cancellation_reason|capture_method|confirm|expand|metadata|return_url)\b/u;
/** What names a payment that Stripe itself gave us: where there is none, it is the key of another account. */
const OUR_REFERENCES = new Set(['intent', 'payment_intent']);

/**
 * What an error of Stripe's package means. Definite is only what says that this very payment cannot be: the card was
 * declined, or what was asked of it is impossible. All else is asked for again, and decides nothing.
 *
 * @throws what is no error of the package's
 */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const { statusCode: status } = error;
  if (error instanceof Stripe.errors.StripeConnectionError) return unreached(error);
  if (status === 402) {
    const code = reasonCodeOfStripe(error) ?? 'card-declined';
    return { kind: 'declined', reason: declineReason(error), code, intent: error.payment_intent };
  }
  // turned away at the door: our key is wrong or may not do this, or there was too much at once
  if (status === 401 || status === 403) return notDone(`configuration: ${nameOf(error)}`);
  if (error instanceof Stripe.errors.StripeRateLimitError) return notDone(nameOf(error));
  if (error instanceof Stripe.errors.StripeInvalidRequestError) {
    if (isOurFault(error)) return notDone(`configuration: ${nameOf(error)}`);
    const code = reasonCodeOfStripe(error);
    return { kind: 'refused', reason: nameOf(error), ...(code !== undefined && { code }) };
  }
  // a key that is in use, or was used for something else; a fault of theirs; an answer that says nothing
  return { kind: 'unanswered', reached: true, reason: nameOf(error) };
}

/** Is what is wrong with a request wrong with every request of ours, whatever it is about? */
function isOurFault({ code, param }: StripeError): boolean {
  if (code === undefined && param === undefined) return true;
  if (code === 'resource_missing' && param !== undefined && OUR_REFERENCES.has(param)) return true;
  return (code !== undefined && OUR_FAULT.has(code)) || (param !== undefined && OUR_PARAMETERS.test(param));
}

/** Does Stripe say that there is no such payment? */
export function isUnknown(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_missing';
}

function unreached({ detail }: StripeError): Failure {
  const cause: unknown = typeof detail === 'object' ? (detail as Error).cause : undefined;
  if (!(cause instanceof NoAnswerError)) return { kind: 'unanswered', reached: true, reason: 'no answer' };
  return { kind: 'unanswered', reached: mayHaveReached(cause), reason: cause.code };
}

function notDone(reason: string): Failure {
  return { kind: 'unanswered', reached: false, reason };
}

/** By codes and names alone: a message may hold what the customer pays with. The request's id finds it at Stripe. */
function nameOf({ code, rawType, param, requestId, statusCode, type }: StripeError): string {
  const what = code ?? rawType ?? `${type}${statusCode === undefined ? '' : ` ${statusCode}`}`;
  return `${what}${param === undefined ? '' : `: ${param}`}${requestId ? ` (${requestId})` : ''}`;
}
