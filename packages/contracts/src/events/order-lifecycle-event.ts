import { z } from 'zod';
import { idSchema } from '../ids.js';
import { amountSchema, currencySchema, priceSchema, quantitySchema } from '../money.js';
import { adjustmentSchema, orderStatusSchema } from '../order.js';
import { orderKeyed } from './define.js';
import { SAMPLE } from './sample-values.js';

/** What the world may know of an order: for mail, warehouse and books. A customer id, no personal data. */
const orderFacts = z.object({
  customerId: z.string().min(1).max(200),
  reference: z.string().optional(),
  status: orderStatusSchema,
  lines: z.array(z.object({ productId: idSchema, sku: z.string(), quantity: quantitySchema, unitPrice: priceSchema })),
  adjustments: z.array(adjustmentSchema),
  total: amountSchema,
  currency: currencySchema,
  refundedTotal: amountSchema,
});

const facts = {
  customerId: 'customer-1',
  reference: 'my order',
  lines: [{ productId: SAMPLE.productId, sku: 'TEA-1', quantity: 2, unitPrice: 890 }],
  adjustments: [{ kind: 'shipping', label: 'Shipping', amount: 300, reference: 'parcel' }],
  total: 2080,
  currency: 'EUR',
  refundedTotal: 0,
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
  orderKeyed('ORDER_FAILED', orderFacts, {
    from: 'order',
    says: 'An order came to nothing; no stock and no money is held for it.',
    example: { ...facts, status: 'PAYMENT_FAILED' },
  }),
  orderKeyed('ORDER_CANCELLED', orderFacts, {
    from: 'order',
    says: 'An order was cancelled; no stock and no money is held for it.',
    example: { ...facts, status: 'CANCELLED' },
  }),
  orderKeyed('ORDER_REFUNDED', orderFacts, {
    from: 'order',
    says: 'Money of a completed order was given back; refundedTotal is all that was up to now.',
    example: { ...facts, status: 'PARTIALLY_REFUNDED', refundedTotal: 890 },
  }),
]);
