import { z } from 'zod';

/** What the status of an order can be. The last six are terminal: stock and money are both closed. */
export const ORDER_STATUSES = [
  'CREATED',
  'PAYING',
  'PAID',
  'COMPENSATING',
  'CANCELLING',
  'REFUNDING',
  'COMPLETED',
  'FAILED',
  'PAYMENT_FAILED',
  'CANCELLED',
  'PARTIALLY_REFUNDED',
  'REFUNDED',
] as const;

export const orderStatusSchema = z.enum(ORDER_STATUSES);
export type OrderStatus = z.infer<typeof orderStatusSchema>;

const TERMINAL: ReadonlySet<OrderStatus> = new Set([
  'COMPLETED',
  'FAILED',
  'PAYMENT_FAILED',
  'CANCELLED',
  'PARTIALLY_REFUNDED',
  'REFUNDED',
]);

/** True when nothing more will happen to the order by itself. */
export function isTerminal(status: OrderStatus): boolean {
  return TERMINAL.has(status);
}

/** Something besides the lines that counts into the total (shipping, a voucher); the amount is signed minor units. */
export const adjustmentSchema = z.object({
  kind: z.string().min(1).max(50),
  label: z.string().min(1).max(200),
  amount: z.int(),
  reference: z.string().max(200).optional(),
});
export type Adjustment = z.infer<typeof adjustmentSchema>;

/** How a dispute can end. CLOSED: withdrawn, or an inquiry that never became a dispute; no money moved. */
export const disputeOutcomeSchema = z.enum(['WON', 'LOST', 'CLOSED']);
export type DisputeOutcome = z.infer<typeof disputeOutcomeSchema>;
