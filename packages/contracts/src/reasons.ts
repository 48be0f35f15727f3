/**
 * Why an order or a refund failed, fit for customers and lifecycle events: a closed list of codes, each with a sentence.
 * What a provider reported, with its ids and parameter names, is for admins and logs. A code is never removed or given
 * another meaning; a program that reads codes must expect new ones.
 */
export const REASONS = {
  'out-of-stock': 'Less of a product is in stock than was ordered; `shortages` names the products.',
  'unknown-product': 'A product that was ordered is not known to inventory; `shortages` names the products.',
  'reservation-expired': 'The reservation had expired before it was confirmed.',
  'reservation-timeout': 'Inventory did not answer the reservation in time.',
  'check-refused': 'The shop’s own check refused the order; `checkCode` is the shop’s code for why.',
  'check-timeout': 'The shop’s own check was not answered in time, or nobody decided in time.',
  'card-declined': 'The customer’s bank declined the payment without a reason that may be shown.',
  'insufficient-funds': 'The customer’s account does not have enough money.',
  'limit-exceeded': 'The payment is above a limit that the customer or the bank has set, by amount or by number.',
  'card-expired': 'The card has expired.',
  'incorrect-card-details': 'The card’s number, expiry date, security code or address is not right.',
  'payment-method-invalid':
    'The payment method is not known to the payment provider, was used already, or cannot be used.',
  'payment-method-not-supported': 'The payment method does not support this kind of purchase or this currency.',
  'amount-not-supported': 'The payment provider cannot move exactly this amount, or not in this currency.',
  'authentication-failed': 'The customer did not prove who they are, or refused the payment at their bank.',
  'authentication-timeout': 'The customer did not confirm the payment in time.',
  'issuer-unavailable': 'The customer’s bank could not be reached; another attempt may succeed.',
  'payment-expired': 'The authorisation of the payment expired before the money was captured.',
  'payment-voided': 'The authorisation of the payment was voided at the payment provider.',
  'payment-timeout': 'Payment did not answer in time; money that was captured is refunded.',
  'payment-failed': 'The payment could not be made.',
  'amount-mismatch': 'Another amount than the order’s total was authorised or captured; it is released.',
  cancelled: 'The customer or the shop cancelled the order.',
  'refund-failed': 'The refund could not be made; the customer does not have the money.',
  'refund-returned': 'The customer’s bank returned the refund; the customer does not have the money.',
} as const satisfies Readonly<Record<string, string>>;

export type ReasonCode = keyof typeof REASONS;

export const REASON_CODES = Object.keys(REASONS) as readonly ReasonCode[];

/** True for a code of this version's list. */
export function isReasonCode(code: string): code is ReasonCode {
  return Object.hasOwn(REASONS, code);
}

/** The sender's code; `general` for none, and for an unknown code of a newer version. */
export function reasonCodeOf(code: string | undefined, general: ReasonCode): ReasonCode {
  return code !== undefined && isReasonCode(code) ? code : general;
}
