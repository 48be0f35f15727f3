import * as iso from 'dinero.js/currencies';
import { z } from 'zod';

/** Codes of ISO 4217 for funds and units of account: no payment is made in them. */
const FUNDS: ReadonlySet<string> = new Set(['BOV', 'CHE', 'CHW', 'CLF', 'COU', 'MXV', 'USN', 'UYI', 'UYW', 'XAD']);
/** Withdrawn, but still in the library's table: Bulgaria uses the euro since 2026. */
const WITHDRAWN: ReadonlySet<string> = new Set(['BGN']);

/**
 * The decimals of each currency in which payments are made, by its code. The library's table is that of ISO 4217. Node's
 * Intl is not: its digits are how prices are written (none for HUF, IDR, IQD …), docs/decisions/166.
 */
const DECIMALS: ReadonlyMap<string, number> = new Map(
  Object.values(iso)
    .filter(({ code }) => !FUNDS.has(code) && !WITHDRAWN.has(code))
    // five iraimbilanja are an ariary, five khoums an ouguiya: ISO 4217 has two decimals for both
    .map(({ code, base, exponent }) => [code, base === 10 ? exponent : 2]),
);

/** Codes of ISO 4217 in which payments are made, sorted. */
export const CURRENCIES: readonly string[] = [...DECIMALS.keys()].sort();

/** The decimals of a currency's minor unit; undefined for one in which no payments are made (any more). */
export function decimalsOf(currency: string): number | undefined {
  return DECIMALS.get(currency);
}

/** A currency of a request. Answers and events have a `currencySchema`, which older versions fit. */
export const movedCurrencySchema = z.enum(CURRENCIES, {
  error: 'must be a currency of ISO 4217 in which payments are made',
});
