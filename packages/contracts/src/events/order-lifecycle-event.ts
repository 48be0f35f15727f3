import { z } from 'zod';
import { idSchema } from '../ids.js';
import { amountSchema, currencySchema, priceSchema, quantitySchema, summedQuantitySchema } from '../money.js';
import { adjustmentSchema, disputeOutcomeSchema, orderStatusSchema } from '../order.js';
import { shownMetadataSchema } from '../http/metadata.js';
import { orderKeyed, providerIdSchema, reasonCodeSchema, reasonSchema } from './define.js';
import { SAMPLE } from './sample-values.js';

/** What the world may know of an order: for mail, warehouse and books. A customer id, no personal data. */
const orderFacts = z.object({
  customerId: z.string().min(1).max(200),
  reference: z.string().optional(),
  status: orderStatusSchema,
  lines: z.array(
    z.object({
      productId: idSchema,
      sku: z.string(),
      quantity: quantitySchema,
      unitPrice: priceSchema,
      // its part of the adjustments that apply to lines, and what all its pieces cost with it
      adjustmentAmount: z.int().optional(),
      total: amountSchema.optional(),
    }),
  ),
  adjustments: z.array(adjustmentSchema),
  total: amountSchema,
  currency: currencySchema,
  refundedTotal: amountSchema,
  // as it came with the order; absent when nothing did
  metadata: shownMetadataSchema.optional(),
});

/** Why an order came to nothing; absent in what older versions sent. */
const whySchema = {
  reason: reasonCodeSchema.optional(),
  // the products it came to nothing for, with the pieces that were wanted of each
  shortages: z.array(z.object({ productId: idSchema, quantity: summedQuantitySchema })).optional(),
};

/** Who made a refund: the shop through this API, or somebody at the provider. More may be added. */
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

/** order → the world. */
export const orderLifecycleEventSchema = z.discriminatedUnion('eventType', [
  orderKeyed('ORDER_PLACED', orderFacts, {
    from: 'order',
    says: 'An order was accepted.',
    example: { ...facts, status: 'CREATED' },
  }),
  orderKeyed('ORDER_COMPLETED', orderFacts, {
    from: 'order',
    says: 'An order is sold and paid.',
    example: { ...facts, status: 'COMPLETED' },
  }),
  orderKeyed('ORDER_FAILED', orderFacts.extend(whySchema), {
    from: 'order',
    says: 'An order came to nothing; no stock and no money is held for it.',
    example: {
      ...facts,
      status: 'FAILED',
      reason: 'out-of-stock',
      shortages: [{ productId: SAMPLE.productId, quantity: 2 }],
    },
  }),
  orderKeyed('ORDER_CANCELLED', orderFacts.extend({ reason: whySchema.reason }), {
    from: 'order',
    says: 'An order was cancelled; no stock and no money is held for it.',
    example: { ...facts, status: 'CANCELLED', reason: 'cancelled' },
  }),
  orderKeyed('ORDER_REFUNDED', orderFacts.extend({ refund: refundSchema.optional() }), {
    from: 'order',
    says: 'Money of an order was given back; refundedTotal is all that was up to now.',
    example: { ...facts, status: 'PARTIALLY_REFUNDED', refundedTotal: 890, refund },
  }),
  orderKeyed('ORDER_REFUND_FAILED', orderFacts.extend({ refund: refundSchema, reason: reasonSchema }), {
    from: 'order',
    says: 'A refund that ORDER_REFUNDED told of failed later: the customer does not have the money.',
    example: { ...facts, status: 'COMPLETED', refund, reason: 'lost_or_stolen_card' },
  }),
  orderKeyed('ORDER_DISPUTED', orderFacts.extend({ dispute: disputeSchema }), {
    from: 'order',
    says: 'The customer disputes the payment of an order.',
    example: { ...facts, status: 'COMPLETED', dispute },
  }),
  orderKeyed('ORDER_DISPUTE_CLOSED', orderFacts.extend({ dispute: disputeSchema, outcome: disputeOutcomeSchema }), {
    from: 'order',
    says: 'A dispute of an order has ended.',
    example: { ...facts, status: 'COMPLETED', dispute, outcome: 'LOST' },
  }),
]);
