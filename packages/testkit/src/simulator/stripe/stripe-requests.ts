import { z } from 'zod';

const whole = z
  .string()
  .regex(/^\d{1,12}$/u)
  .transform(Number);
const amount = whole.refine((value) => value > 0);
const expand = z.array(z.string().max(100)).max(10).default([]);
const metadata = z.record(z.string().max(40), z.string().max(500)).default({});
const limit = whole.refine((value) => value >= 1 && value <= 100).default(10);
const id = z.string().min(1).max(200);

/** What is understood of a new payment intent: one that is confirmed at once and captured later. */
export const createSchema = z.strictObject({
  amount,
  currency: z.string().regex(/^[a-z]{3}$/u),
  payment_method: id,
  confirm: z.literal('true'),
  capture_method: z.literal('manual'),
  automatic_payment_methods: z
    .strictObject({ enabled: z.literal('true'), allow_redirects: z.enum(['always', 'never']).default('always') })
    .optional(),
  return_url: z.url().optional(),
  metadata,
  expand,
});
export const captureSchema = z.strictObject({ amount_to_capture: amount.optional(), expand });
export const cancelSchema = z.strictObject({
  cancellation_reason: z.enum(['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer']).optional(),
  expand,
});
export const refundSchema = z.strictObject({
  payment_intent: id,
  amount: amount.optional(),
  reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
  metadata,
  expand,
});
/** A page of refunds or disputes, of one payment or of all. */
export const pageSchema = z.strictObject({
  payment_intent: id.optional(),
  limit,
  starting_after: id.optional(),
  expand,
});
export const retrieveSchema = z.strictObject({ expand });
export const listSchema = z.strictObject({
  created: z.strictObject({ gte: whole.default(0), lt: whole.default(999_999_999_999) }).default({
    gte: 0,
    lt: 999_999_999_999,
  }),
  limit,
  starting_after: id.optional(),
  expand,
});
export const searchSchema = z.strictObject({
  query: z.string().max(500),
  limit,
  expand,
});

/** The one kind of search that is understood: one label that is written on it. */
export const LABEL_QUERY = /^metadata\[(['"])([\w-]{1,40})\1\]:(['"])([\w:.-]{1,500})\3$/u;
