import { z } from 'zod';
import { idSchema, timestampSchema } from '../ids.js';
import { amountSchema, currencySchema, LIMITS, priceSchema, quantitySchema } from '../money.js';
import { adjustmentSchema, orderStatusSchema } from '../order.js';
import { paymentMethodSchema } from '../events/payment-event.js';
import { EXAMPLE, withExamples } from './examples.js';
import * as example from './order-examples.js';
import { pageOf, pageQuerySchema } from './page.js';
import { text } from './text.js';

export const referenceSchema = text(1, 100);

/** An order’s id in a path. */
export const orderIdSchema = idSchema.meta({ description: 'The order’s id', examples: [EXAMPLE.orderId] });

const orderRequestSchema = z.strictObject({
  items: z
    .array(z.strictObject({ productId: idSchema, quantity: quantitySchema }))
    .min(1)
    .max(LIMITS.lines),
  currency: currencySchema,
  /** the payment provider's token for how the customer pays; unused when the total is 0 */
  paymentMethod: paymentMethodSchema,
  /** what the customer was shown, in minor units: when it differs from the total, the order is refused */
  expectedTotal: amountSchema.optional(),
  /** the customer's own name for the order */
  reference: referenceSchema.optional(),
});
export const placeOrderSchema = withExamples(orderRequestSchema, { order: example.placing });
export type PlaceOrder = z.infer<typeof placeOrderSchema>;

const orderShape = z.object({
  id: idSchema,
  customerId: z.string(),
  reference: z.string().nullable(),
  status: orderStatusSchema,
  lines: z.array(
    z.object({
      productId: idSchema,
      sku: z.string(),
      name: z.string(),
      quantity: quantitySchema,
      unitPrice: priceSchema,
    }),
  ),
  adjustments: z.array(adjustmentSchema),
  total: amountSchema,
  refundedTotal: amountSchema,
  currency: currencySchema,
  /** why it ended as it did, when it did not complete */
  reason: z.string().nullable(),
  /** what the customer must do for the payment to go on */
  action: z
    .object({ redirectUrl: z.string().optional(), clientSecret: z.string().optional(), expiresAt: timestampSchema })
    .nullable(),
  version: z.int().min(1),
  createdAt: timestampSchema,
  updatedAt: timestampSchema,
});
export const orderSchema = withExamples(orderShape, {
  completed: example.completed,
  'the-customer-must-act': example.waitingForCustomer,
  declined: example.declined,
});
export type Order = z.infer<typeof orderSchema>;
/** An order as it is answered when it was placed, when its cancelling was asked for, and when that was so before. */
export const placedOrderSchema = withExamples(orderShape, { placed: example.placed });
export const cancellingOrderSchema = withExamples(orderShape, { cancelling: example.cancelling });
export const cancelledOrderSchema = withExamples(orderShape, { cancelled: example.cancelled });

export const listOrdersQuerySchema = pageQuerySchema.extend({
  status: orderStatusSchema.optional().meta({ description: 'Only orders that show it', examples: ['COMPLETED'] }),
  reference: referenceSchema
    .optional()
    .meta({ description: 'Only orders that the customer called so', examples: [EXAMPLE.reference] }),
});
export const orderPageSchema = withExamples(pageOf(orderShape), {
  page: { data: [example.completed, example.declined], has_more: true },
  none: { data: [], has_more: false },
});

/** One thing that happened to an order: what came in (`input`), which step it led to, and what was sent. */
export const timelineEntrySchema = z.object({
  at: timestampSchema,
  input: z.string(),
  step: z.string(),
  status: orderStatusSchema,
  eventId: z.string().nullable(),
  sent: z.array(z.string()),
  reason: z.string().nullable(),
});
export const timelineSchema = withExamples(z.object({ orderId: idSchema, data: z.array(timelineEntrySchema) }), {
  cancelled: example.timeline,
});
export type Timeline = z.infer<typeof timelineSchema>;

const refundTerms = {
  /** do the pieces go back into stock? With an amount only when it is all that is left. */
  restock: z.boolean().optional(),
  /** why, for the timeline */
  reason: text(1, 500),
};

/** An amount in minor units, or pieces at the price they were bought for. */
const refundRequestSchema = z.union(
  [
    z.strictObject({ amount: amountSchema.min(1), ...refundTerms }),
    z.strictObject({
      items: z
        .array(z.strictObject({ productId: idSchema, quantity: quantitySchema }))
        .min(1)
        .max(LIMITS.lines),
      ...refundTerms,
    }),
  ],
  { error: 'must have either an amount or items, and a reason' },
);
export const refundOrderSchema = withExamples(refundRequestSchema, {
  pieces: example.refundingPieces,
  amount: example.refundingAmount,
});
export type RefundOrder = z.infer<typeof refundOrderSchema>;

/** PENDING until the money is given back and, if asked, the pieces are in stock again. */
export const REFUND_STATUSES = ['PENDING', 'SUCCEEDED', 'FAILED'] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];

const refundShape = z.object({
  refundId: idSchema,
  amount: amountSchema,
  /** the pieces it was made for; none when an amount was asked for */
  lines: z.array(z.object({ productId: idSchema, quantity: quantitySchema })).optional(),
  restock: z.boolean(),
  reason: z.string(),
  status: z.enum(REFUND_STATUSES),
  /** why it failed, when it did */
  failure: z.string().nullable(),
  createdAt: timestampSchema,
  updatedAt: timestampSchema,
});
export const refundSchema = withExamples(refundShape, { pieces: example.refundOfPieces });
export type Refund = z.infer<typeof refundSchema>;

export const refundsSchema = withExamples(z.object({ orderId: idSchema, data: z.array(refundShape) }), {
  refunds: { orderId: EXAMPLE.orderId, data: [example.refundPaid] },
  none: { orderId: EXAMPLE.orderId, data: [] },
});
export type Refunds = z.infer<typeof refundsSchema>;
