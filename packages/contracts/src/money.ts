import { z } from 'zod';

/** No order may ask for more than these, so that no total leaves the safe integers. */
export const LIMITS = {
  lines: 200,
  quantity: 100_000,
  price: 100_000_000,
  /** 200 × 100,000 × 100,000,000 = 2 × 10^15 < 2^53. */
  total: 200 * 100_000 * 100_000_000,
} as const;

/** The code of a currency as it is shown and sent, upper case: older versions took any three letters. */
export const currencySchema = z.string().regex(/^[A-Z]{3}$/u, 'must be a three letter currency code');

/** An amount of money ≥ 0 in the currency's minor unit (cents), a safe integer. */
export const amountSchema = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** The price of one piece in the currency's minor unit. */
export const priceSchema = z.int().min(0).max(LIMITS.price);

/** How many pieces a line asks for. */
export const quantitySchema = z.int().min(1).max(LIMITS.quantity);

/** How many pieces of one product an order asks for, all its lines counted together. */
export const summedQuantitySchema = z
  .int()
  .min(1)
  .max(LIMITS.lines * LIMITS.quantity);
