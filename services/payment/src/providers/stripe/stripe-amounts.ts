import { decimalsOf, isMovable } from '@outrider/contracts';

/**
 * Decimals of a currency at Stripe, where they differ from ISO 4217: ISK and UGX have none in ISO 4217, and Stripe
 * counts them in hundredths but accepts whole units only; MGA is counted in whole ariary. (HUF and TWD are special in
 * payouts only.) The steps in which Stripe accepts amounts are in contracts, since prices are checked against them too.
 * Source: Stripe's list of currencies and its special cases.
 */
const DECIMALS: ReadonlyMap<string, number> = new Map([
  ['ISK', 2],
  ['UGX', 2],
  ['MGA', 0],
]);

/** @returns the amount as Stripe counts it; undefined when Stripe cannot move exactly this amount */
export function toStripe(amount: number, currency: string): number | undefined {
  if (!isMovable('stripe', amount, currency)) return undefined;
  const theirs = shifted(amount, shift(currency));
  return Number.isSafeInteger(theirs) ? theirs : undefined;
}

/** @param currency upper case @returns the amount in the currency's minor unit; undefined when it is no whole number of it */
export function fromStripe(amount: number, currency: string): number | undefined {
  const ours = shifted(amount, -shift(currency));
  return Number.isSafeInteger(ours) ? ours : undefined;
}

/** How many decimals Stripe has more than ISO 4217. */
function shift(currency: string): number {
  const theirs = DECIMALS.get(currency);
  const ours = decimalsOf(currency);
  return theirs === undefined || ours === undefined ? 0 : theirs - ours;
}

/** Multiplies or divides by whole powers of ten, since 0.01 has no exact binary form. */
function shifted(amount: number, decimals: number): number {
  return decimals < 0 ? amount / 10 ** -decimals : amount * 10 ** decimals;
}
