import { z } from 'zod';
import { idSchema } from '../ids.js';
import { amountSchema, currencySchema, priceSchema, quantitySchema } from '../money.js';
import { adjustmentSchema, orderStatusSchema } from '../order.js';
import { orderKeyed } from './define.js';

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

/** order → the world. */
export const orderLifecycleEventSchema = z.discriminatedUnion('eventType', [
  orderKeyed('ORDER_PLACED', orderFacts),
  orderKeyed('ORDER_COMPLETED', orderFacts),
  orderKeyed('ORDER_FAILED', orderFacts),
  orderKeyed('ORDER_CANCELLED', orderFacts),
  orderKeyed('ORDER_REFUNDED', orderFacts),
]);
