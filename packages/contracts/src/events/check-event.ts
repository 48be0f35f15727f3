import { z } from 'zod';
import { shownMetadataSchema } from '../http/metadata.js';
import { idSchema } from '../ids.js';
import { amountSchema, currencySchema, priceSchema, quantitySchema } from '../money.js';
import { adjustmentSchema } from '../order.js';
import { answer, command, orderKeyed, reasonCodeSchema, reasonSchema } from './define.js';
import { SAMPLE } from './sample-values.js';

const { commandId, productId } = SAMPLE;

/** What a check gets to know of an order; no personal data but the customer's id. */
const checkedOrderShape = {
  customerId: z.string().min(1).max(200),
  reference: z.string().optional(),
  lines: z.array(z.object({ productId: idSchema, sku: z.string(), quantity: quantitySchema, unitPrice: priceSchema })),
  adjustments: z.array(adjustmentSchema),
  total: amountSchema,
  currency: currencySchema,
  // as the order's request had it; absent when it had none
  metadata: shownMetadataSchema.optional(),
};

/** order → the shop's check. */
export const checkEventSchema = z.discriminatedUnion('eventType', [
  orderKeyed('CHECK_REQUESTED', command(checkedOrderShape), {
    from: 'order',
    description: 'Check the order: its stock is reserved, and it is paid only after it has passed.',
    example: {
      commandId,
      customerId: 'customer-1',
      reference: 'my order',
      lines: [{ productId, sku: 'TEA-1', quantity: 2, unitPrice: 890 }],
      adjustments: [{ kind: 'shipping', label: 'Shipping', amount: 300, reference: 'parcel', appliesTo: 'order' }],
      total: 2080,
      currency: 'EUR',
      metadata: { shop: 'Hamburg 2' },
    },
  }),
]);

/** the shop's check → order. Each may be sent again; what comes after the order was decided has no effect. */
export const checkAnswerEventSchema = z.discriminatedUnion('eventType', [
  orderKeyed('CHECK_PASSED', answer({}), {
    from: 'shop',
    description: 'The order may be paid.',
    example: { commandId },
  }),
  // code: the shop's own, fit for customers; reason: for operators and logs
  orderKeyed('CHECK_REFUSED', answer({ code: reasonCodeSchema, reason: reasonSchema.optional() }), {
    from: 'shop',
    description: 'The order is refused: its stock is released.',
    example: { commandId, code: 'credit-limit', reason: '2080 EUR are open' },
  }),
  orderKeyed('CHECK_REVIEW', answer({ reason: reasonSchema.optional() }), {
    from: 'shop',
    description: 'A person must decide. The order waits for CHECK_PASSED, CHECK_REFUSED or an admin’s decision.',
    example: { commandId, reason: 'a new customer' },
  }),
]);
