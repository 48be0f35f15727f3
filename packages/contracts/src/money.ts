import { z } from 'zod';

/** The limits of an order, so that no total exceeds the safe integers. */
export const LIMITS = {
  lines: 200,
  quantity: 100_000,
  price: 100_000_000,
  /** 200 × 100,000 × 100,000,000 = 2 × 10^15 < 2^53. */
  total: 200 * 100_000 * 100_000_000,
} as const;

/** The code of a currency in answers and events, upper case: older versions accepted any three letters. */
export const currencySchema = z.string().regex(/^[A-Z]{3}$/u, 'must be a three letter currency code');

/** An amount of money ≥ 0 in the currency's minor unit (cents), a safe integer. */
export const amountSchema = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** The price of one piece in the currency's minor unit. */
export const priceSchema = z.int().min(0).max(LIMITS.price);

/** The pieces of a line. */
export const quantitySchema = z.int().min(1).max(LIMITS.quantity);

/** The pieces of one product in an order, over all its lines. */
export const summedQuantitySchema = z
  .int()
  .min(1)
  .max(LIMITS.lines * LIMITS.quantity);
