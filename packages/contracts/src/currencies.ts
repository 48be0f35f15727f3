import * as iso from 'dinero.js/currencies';
import { z } from 'zod';

/** Codes of ISO 4217 that no payment is made in: funds, and units that are only counted in. */
const FUNDS: ReadonlySet<string> = new Set(['BOV', 'CHE', 'CHW', 'CLF', 'COU', 'MXV', 'USN', 'UYI', 'UYW', 'XAD']);
/** Withdrawn, and in the library's table still: Bulgaria pays in euros since 2026. */
const WITHDRAWN: ReadonlySet<string> = new Set(['BGN']);

/**
 * The decimals of each currency that money is moved in, by its code. The library's table is that of ISO 4217. Node's own
 * Intl is not: its digits are how people write prices (none for HUF, IDR, IQD …), docs/decisions/166.
 */
const DECIMALS: ReadonlyMap<string, number> = new Map(
  Object.values(iso)
    .filter(({ code }) => !FUNDS.has(code) && !WITHDRAWN.has(code))
    // five iraimbilanja are an ariary, five khoums an ouguiya: ISO 4217 counts both in hundredths all the same
    .map(({ code, base, exponent }) => [code, base === 10 ? exponent : 2]),
);

/** Codes of ISO 4217 that money is moved in, sorted. */
export const CURRENCIES: readonly string[] = [...DECIMALS.keys()].sort();

/** How many decimals a currency's minor unit stands for; undefined for one that no money is moved in (any more). */
export function decimalsOf(currency: string): number | undefined {
  return DECIMALS.get(currency);
}

/** A currency as it may be asked for. What is shown, or was sent by an older version, is a `currencySchema`. */
export const movedCurrencySchema = z.enum(CURRENCIES, {
  error: 'must be a currency of ISO 4217 that money is moved in',
});
