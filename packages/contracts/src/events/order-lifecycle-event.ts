import { z } from 'zod';
import { idSchema } from '../ids.js';
import { amountSchema, currencySchema, priceSchema, quantitySchema, summedQuantitySchema } from '../money.js';
import { adjustmentSchema, disputeOutcomeSchema, orderStatusSchema } from '../order.js';
import { shownMetadataSchema } from '../http/metadata.js';
import { orderKeyed, providerIdSchema, reasonCodeSchema, reasonSchema } from './define.js';
import { SAMPLE } from './sample-values.js';

/** What every lifecycle event shows of an order: for mail, warehouse and accounting. No personal data but the customer's id. */
const orderShape = z.object({
  customerId: z.string().min(1).max(200),
  reference: z.string().optional(),
  status: orderStatusSchema,
  lines: z.array(
    z.object({
      productId: idSchema,
      sku: z.string(),
      quantity: quantitySchema,
      unitPrice: priceSchema,
      // its part of the adjustments that apply to lines, and the line's total with it
      adjustmentAmount: z.int().optional(),
      total: amountSchema.optional(),
    }),
  ),
  adjustments: z.array(adjustmentSchema),
  total: amountSchema,
  currency: currencySchema,
  refundedTotal: amountSchema,
  // as the order's request had it; absent when it had none
  metadata: shownMetadataSchema.optional(),
});

/** Why an order failed; absent in events of older versions. */
const whySchema = {
  reason: reasonCodeSchema.optional(),
  // of check-refused: the shop's own code
  checkCode: reasonCodeSchema.optional(),
  // the products that were short, with the pieces ordered of each
  shortages: z.array(z.object({ productId: idSchema, quantity: summedQuantitySchema })).optional(),
};

/** Who made a refund: `shop` by the API, or `provider`. More may be added. */
const madeBySchema = z.string().min(1).max(50);

const refundSchema = z.object({
  // ours; absent for a refund made at the provider
  refundId: idSchema.optional(),
  providerRefundId: providerIdSchema.optional(),
  amount: amountSchema,
  by: madeBySchema,
  metadata: shownMetadataSchema.optional(),
});
const disputeSchema = z.object({
  disputeId: providerIdSchema,
  amount: amountSchema,
  withheldAmount: amountSchema,
  reason: reasonSchema,
});

const refund = {
  refundId: SAMPLE.refundId,
  providerRefundId: 're_1',
  amount: 890,
  by: 'shop',
  metadata: { ticket: '4711' },
};
const dispute = { disputeId: 'dp_1', amount: 2080, withheldAmount: 2080, reason: 'product_not_received' };

const facts = {
  customerId: 'customer-1',
  reference: 'my order',
  lines: [{ productId: SAMPLE.productId, sku: 'TEA-1', quantity: 2, unitPrice: 890, adjustmentAmount: 0, total: 1780 }],
  adjustments: [{ kind: 'shipping', label: 'Shipping', amount: 300, reference: 'parcel', appliesTo: 'order' as const }],
  total: 2080,
  currency: 'EUR',
  refundedTotal: 0,
  metadata: { shop: 'Hamburg 2' },
};

/** order → all subscribers. */
export const orderLifecycleEventSchema = z.discriminatedUnion('eventType', [
  orderKeyed('ORDER_PLACED', orderShape, {
    from: 'order',
    description: 'An order was accepted.',
    example: { ...facts, status: 'CREATED' },
  }),
  orderKeyed('ORDER_COMPLETED', orderShape, {
    from: 'order',
    description: 'An order is sold and paid.',
    example: { ...facts, status: 'COMPLETED' },
  }),
  orderKeyed('ORDER_FAILED', orderShape.extend(whySchema), {
    from: 'order',
    description: 'An order failed; no stock and no money is held for it.',
    example: {
      ...facts,
      status: 'FAILED',
      reason: 'out-of-stock',
      checkCode: 'credit-limit',
      shortages: [{ productId: SAMPLE.productId, quantity: 2 }],
    },
  }),
  orderKeyed('ORDER_CANCELLED', orderShape.extend({ reason: whySchema.reason }), {
    from: 'order',
    description: 'An order was cancelled; no stock and no money is held for it.',
    example: { ...facts, status: 'CANCELLED', reason: 'cancelled' },
  }),
  orderKeyed('ORDER_REFUNDED', orderShape.extend({ refund: refundSchema.optional() }), {
    from: 'order',
    description: 'Money of an order was refunded; refundedTotal is the sum of all refunds so far.',
    example: { ...facts, status: 'PARTIALLY_REFUNDED', refundedTotal: 890, refund },
  }),
  orderKeyed('ORDER_REFUND_FAILED', orderShape.extend({ refund: refundSchema, reason: reasonSchema }), {
    from: 'order',
    description: 'A refund that ORDER_REFUNDED announced failed later: the customer does not have the money.',
    example: { ...facts, status: 'COMPLETED', refund, reason: 'lost_or_stolen_card' },
  }),
  orderKeyed('ORDER_DISPUTED', orderShape.extend({ dispute: disputeSchema }), {
    from: 'order',
    description: 'The customer disputes the payment of an order.',
    example: { ...facts, status: 'COMPLETED', dispute },
  }),
  orderKeyed('ORDER_DISPUTE_CLOSED', orderShape.extend({ dispute: disputeSchema, outcome: disputeOutcomeSchema }), {
    from: 'order',
    description: 'A dispute of an order has ended.',
    example: { ...facts, status: 'COMPLETED', dispute, outcome: 'LOST' },
  }),
]);
