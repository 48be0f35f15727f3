/**
 * Why an order or a refund came to nothing, as customers and the world may see it: a closed list of codes, each with a
 * sentence for people. What a provider said in its own words, with its ids and parameter names, is for admins and logs.
 * A code is never taken away or given another meaning; a program that reads codes must expect new ones.
 */
export const REASONS = {
  'out-of-stock': 'There is less in stock of a product than was ordered; `shortages` names the products.',
  'unknown-product': 'A product that was ordered is not kept in stock at all; `shortages` names the products.',
  'reservation-expired': 'The pieces were no longer kept for the order when they were to be sold.',
  'reservation-timeout': 'Whether the pieces could be kept was not known in time.',
  'card-declined': 'The customer’s bank declined the payment, and gave no reason that may be shown.',
  'insufficient-funds': 'There is not enough money for the payment where it was to come from.',
  'limit-exceeded': 'The payment is above a limit that the customer or the bank has set, by amount or by number.',
  'card-expired': 'The card has expired.',
  'incorrect-card-details': 'The card’s number, expiry date, security code or address is not right.',
  'payment-method-invalid':
    'The means of payment is not known to the payment provider, was used up, or cannot be used.',
  'payment-method-not-supported': 'The means of payment does not support this kind of purchase or this currency.',
  'amount-not-supported': 'The payment provider cannot move exactly this amount, or not in this currency.',
  'authentication-failed': 'The customer did not prove who they are, or refused the payment at their bank.',
  'authentication-timeout': 'The customer did not confirm the payment in time.',
  'issuer-unavailable': 'The customer’s bank could not be reached; another try may succeed.',
  'payment-expired': 'The authorisation of the payment ended before the money was taken.',
  'payment-voided': 'The authorisation of the payment was cancelled at the payment provider.',
  'payment-timeout': 'Whether the payment was made was not known in time; money that was taken is given back.',
  'payment-failed': 'The payment could not be made.',
  'amount-mismatch': 'Another amount was authorised or taken than the order’s total; it is given back.',
  cancelled: 'The customer or the shop asked to cancel the order.',
  'refund-failed': 'The refund could not be made; the customer does not have the money.',
  'refund-returned': 'The customer’s bank sent the refund back; the customer does not have the money.',
} as const satisfies Readonly<Record<string, string>>;

export type ReasonCode = keyof typeof REASONS;

export const REASON_CODES = Object.keys(REASONS) as readonly ReasonCode[];

/** Is it a code of this version's list? */
export function isReasonCode(code: string): code is ReasonCode {
  return Object.hasOwn(REASONS, code);
}

/** The code that a sender gave; `general` for none, and for one of a newer version that is not known here. */
export function reasonCodeOf(code: string | undefined, general: ReasonCode): ReasonCode {
  return code !== undefined && isReasonCode(code) ? code : general;
}
