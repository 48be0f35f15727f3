import { z } from 'zod';
import { idSchema, timestampSchema } from '../ids.js';
import { LIMITS, quantitySchema } from '../money.js';
import { command, orderKeyed, reasonSchema } from './define.js';
import { SAMPLE } from './sample-values.js';

/** How many pieces of which product. Several lines may name one product; they count together. */
export const productQuantitySchema = z.object({ productId: idSchema, quantity: quantitySchema });
export type ProductQuantity = z.infer<typeof productQuantitySchema>;

export const productQuantitiesSchema = z.array(productQuantitySchema).min(1).max(LIMITS.lines);

const { commandId, refundId, expiresAt } = SAMPLE;
const lines = [
  { productId: SAMPLE.productId, quantity: 2 },
  { productId: SAMPLE.otherProductId, quantity: 1 },
];

/** order → inventory. */
export const reservationEventSchema = z.discriminatedUnion('eventType', [
  orderKeyed('RESERVATION_CREATE_REQUEST', command({ lines: productQuantitiesSchema }), {
    from: 'order',
    says: 'Keep these pieces for the order, all or none.',
    example: { commandId, lines },
  }),
  // no answer: it is asked for again as long as it matters, and what comes of it shows when the order is confirmed
  orderKeyed('RESERVATION_EXTEND_REQUEST', command({ until: timestampSchema }), {
    from: 'order',
    says: 'The customer has longer to pay: what is kept for the order is kept until then at least.',
    example: { commandId, until: expiresAt },
  }),
  orderKeyed('RESERVATION_CONFIRM_REQUEST', command({}), {
    from: 'order',
    says: 'The order is paid for: the pieces kept for it are sold.',
    example: { commandId },
  }),
  orderKeyed('RESERVATION_RELEASE_REQUEST', command({ reason: reasonSchema }), {
    from: 'order',
    says: 'Whatever was kept for the order, or sold to it, is free again.',
    example: { commandId, reason: 'the payment was declined' },
  }),
  orderKeyed('RESERVATION_RESTOCK_REQUEST', command({ refundId: idSchema, lines: productQuantitiesSchema }), {
    from: 'order',
    says: 'These pieces come back with a refund.',
    example: { commandId, refundId, lines },
  }),
]);
