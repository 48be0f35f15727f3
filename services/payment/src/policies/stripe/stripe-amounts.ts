/**
 * How far Stripe's smallest unit is from the minor unit of ISO 4217, in which all amounts stand here: how many of
 * Stripe's make up one of ours. Where nothing is said they are the same, zero-decimal currencies (JPY, KRW …) included.
 * ISK and UGX have no minor unit any more, but Stripe still counts them in hundredths, and takes whole ones only.
 * (HUF and TWD are special in payouts alone.) Source: Stripe's list of currencies and its special cases.
 */
const HUNDREDTHS = new Set(['ISK', 'UGX']);
/** Two decimals by ISO 4217, none at Stripe: what is no whole ariary cannot be charged. */
const WHOLE = new Set(['MGA']);
/** Three decimals, of which Stripe takes the last one as zero only. */
const TENS = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);

/** @returns the amount as Stripe counts it; undefined when Stripe cannot move just so much */
export function toStripe(amount: number, currency: string): number | undefined {
  if (HUNDREDTHS.has(currency)) return Number.isSafeInteger(amount * 100) ? amount * 100 : undefined;
  if (WHOLE.has(currency)) return amount % 100 === 0 ? amount / 100 : undefined;
  if (TENS.has(currency)) return amount % 10 === 0 ? amount : undefined;
  return amount;
}

/** @param currency upper case @returns the amount in the currency's minor unit; undefined when it is no whole number of it */
export function fromStripe(amount: number, currency: string): number | undefined {
  const ours = HUNDREDTHS.has(currency) ? amount / 100 : WHOLE.has(currency) ? amount * 100 : amount;
  return Number.isSafeInteger(ours) ? ours : undefined;
}
