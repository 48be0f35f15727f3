import { z } from 'zod';
import { text } from './http/text.js';

/** Stock and money are both closed. */
export const TERMINAL_STATUSES = [
  'COMPLETED',
  'FAILED',
  'PAYMENT_FAILED',
  'CANCELLED',
  'PARTIALLY_REFUNDED',
  'REFUNDED',
] as const;

/** The statuses of an order. */
export const ORDER_STATUSES = [
  'CREATED',
  'PAYING',
  'PAID',
  'COMPENSATING',
  'CANCELLING',
  'REFUNDING',
  ...TERMINAL_STATUSES,
] as const;

export const orderStatusSchema = z.enum(ORDER_STATUSES);
export type OrderStatus = z.infer<typeof orderStatusSchema>;

const TERMINAL: ReadonlySet<OrderStatus> = new Set(TERMINAL_STATUSES);

/** True when the order does not change any more by itself. */
export function isTerminal(status: OrderStatus): boolean {
  return TERMINAL.has(status);
}

/** An amount of the total besides the lines (shipping, a voucher); signed minor units. */
export const adjustmentSchema = z.object({
  kind: z.string().min(1).max(50),
  label: z.string().min(1).max(200),
  amount: z.int(),
  reference: z.string().max(200).optional(),
  // whether it changes what the pieces cost; absent: `order` for the kind shipping, else `lines`
  appliesTo: z.enum(['lines', 'order']).optional(),
});
export type Adjustment = z.infer<typeof adjustmentSchema>;

// every lifecycle event of the order carries them
const newAdjustmentsSchema = z
  .array(
    z.strictObject({
      ...adjustmentSchema.shape,
      kind: text(1, 50),
      label: text(1, 200),
      reference: text(0, 200).optional(),
    }),
  )
  .max(100);

/**
 * Reads the adjustments that a pricing policy returned.
 * @returns what is wrong with them, when they are no list of adjustments
 */
export function readAdjustments(
  answer: unknown,
):
  | { readonly ok: true; readonly adjustments: readonly Adjustment[] }
  | { readonly ok: false; readonly problem: string } {
  const parsed = newAdjustmentsSchema.safeParse(answer);
  return parsed.success
    ? { ok: true, adjustments: parsed.data }
    : { ok: false, problem: z.prettifyError(parsed.error) };
}

/** How a dispute can end. CLOSED: withdrawn, or an inquiry that never became a dispute; no money moved. */
export const disputeOutcomeSchema = z.enum(['WON', 'LOST', 'CLOSED']);
export const DISPUTE_STATUSES = ['OPEN', ...disputeOutcomeSchema.options] as const;
export type DisputeOutcome = z.infer<typeof disputeOutcomeSchema>;

/**
 * How the shop's own check of an order stands. DUE: the order's stock is being reserved; ASKED: an answer is awaited;
 * REVIEW: a person must decide.
 */
export const CHECK_STATES = ['DUE', 'ASKED', 'REVIEW', 'PASSED', 'REFUSED'] as const;
export type CheckState = (typeof CHECK_STATES)[number];
