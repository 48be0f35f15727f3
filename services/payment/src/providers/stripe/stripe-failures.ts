import type { ReasonCode } from '@outrider/contracts';
import { Stripe } from 'stripe';
import type { ProviderAnswer } from '../../domain/provider-answer.js';
import { mayHaveReached, NoAnswerError } from '@outrider/common';
import { reasonCodeOfStripe } from './stripe-codes.js';
import { declineReason } from './stripe-records.js';

type StripeError = InstanceType<typeof Stripe.errors.StripeError>;

/** A failed request: a declined card, or a provider's answer that needs no intent. */
export type Failure =
  | { readonly kind: 'declined'; readonly reason: string; readonly code: ReasonCode; readonly intent: unknown }
  | Extract<ProviderAnswer, { kind: 'refused' | 'unanswered' }>;

/** Codes about our account, our key or the form of our requests, not about a payment: no payment may be declined for them. */
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
/** Parameters that have the same value in every request: a wrong one is wrong in every request. */
const OUR_PARAMETERS =
  /^(?:automatic_payment_methods|cancellation_reason|capture_method|confirm|expand|metadata|return_url)\b/u;
/** Parameters with an id that Stripe itself assigned: when it knows no such payment, the key is of another account. */
const OUR_REFERENCES = new Set(['intent', 'payment_intent']);

/**
 * What an error of Stripe's package means for a payment. Only two kinds are definite: the card was declined, or the
 * operation is impossible for this payment. After any other error the request is retried, and nothing is decided.
 *
 * @throws the error itself when it is not one of the package
 */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const { statusCode: status } = error;
  if (error instanceof Stripe.errors.StripeConnectionError) return unreached(error);
  if (status === 402) {
    const code = reasonCodeOfStripe(error) ?? 'card-declined';
    return { kind: 'declined', reason: declineReason(error), code, intent: error.payment_intent };
  }
  // rejected before it was processed: the key is wrong or lacks a permission, or there were too many requests
  if (status === 401 || status === 403) return notDone(`configuration: ${nameOf(error)}`);
  if (error instanceof Stripe.errors.StripeRateLimitError) return notDone(nameOf(error));
  if (error instanceof Stripe.errors.StripeInvalidRequestError) {
    if (isOurFault(error)) return notDone(`configuration: ${nameOf(error)}`);
    const code = reasonCodeOfStripe(error);
    return { kind: 'refused', reason: nameOf(error), ...(code !== undefined && { code }) };
  }
  // an idempotency key that is in use or was used for another request; a fault at Stripe; an answer without meaning
  return { kind: 'unanswered', reached: true, reason: nameOf(error) };
}

/** Whether every request would fail in the same way, whichever payment it is about. */
function isOurFault({ code, param }: StripeError): boolean {
  if (code === undefined && param === undefined) return true;
  if (code === 'resource_missing' && param !== undefined && OUR_REFERENCES.has(param)) return true;
  return (code !== undefined && OUR_FAULT.has(code)) || (param !== undefined && OUR_PARAMETERS.test(param));
}

/** Whether Stripe says that there is no such payment. */
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

/** Codes and names only: a message may contain payment details of the customer. The request's id finds it at Stripe. */
function nameOf({ code, rawType, param, requestId, statusCode, type }: StripeError): string {
  const what = code ?? rawType ?? `${type}${statusCode === undefined ? '' : ` ${statusCode}`}`;
  return `${what}${param === undefined ? '' : `: ${param}`}${requestId ? ` (${requestId})` : ''}`;
}
