import { LIMITS, priceSchema, quantitySchema, referenceSchema, skuSchema, text } from '@outrider/contracts';
import { z } from 'zod';

/** One order as it stands on a line of an orders file. Unknown fields are ignored. */
export const fileOrderSchema = z.object({
  /** the file's own name for the order; goes into the system as its reference */
  orderId: referenceSchema,
  customer: text(1, 100),
  /** the day it was placed, YYYY-MM-DD */
  date: z.iso.date(),
  lines: z
    .array(z.object({ sku: skuSchema, quantity: quantitySchema, unitPriceCents: priceSchema }))
    .min(1)
    .max(LIMITS.lines),
});
export type FileOrder = z.infer<typeof fileOrderSchema>;

/** What the order costs, in cents. */
export function totalOf(order: FileOrder): number {
  return order.lines.reduce((sum, line) => sum + line.quantity * line.unitPriceCents, 0);
}
