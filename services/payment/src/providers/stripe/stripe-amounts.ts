import { decimalsOf, isMovable } from '@outrider/contracts';

/**
 * Decimals that Stripe counts a currency in, where they are not those of ISO 4217: ISK and UGX have none any more, and
 * Stripe counts hundredths, of which it takes whole ones only; it counts whole ariary. (HUF and TWD are special in payouts
 * alone.) In which steps it takes amounts is a rule of contracts, since prices are held against it too. Source: Stripe's
 * list of currencies and its special cases.
 */
const DECIMALS: ReadonlyMap<string, number> = new Map([
  ['ISK', 2],
  ['UGX', 2],
  ['MGA', 0],
]);

/** @returns the amount as Stripe counts it; undefined when Stripe cannot move just so much */
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

/** By whole powers of ten, multiplied or divided by: 0.01 is no number that a computer has. */
function shifted(amount: number, decimals: number): number {
  return decimals < 0 ? amount / 10 ** -decimals : amount * 10 ** decimals;
}
