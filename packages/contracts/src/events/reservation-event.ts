import { z } from 'zod';
import { idSchema, timestampSchema } from '../ids.js';
import { LIMITS, quantitySchema } from '../money.js';
import { command, orderKeyed, reasonSchema } from './define.js';
import { SAMPLE } from './sample-values.js';

/** A number of pieces of a product. Several lines may name the same product; they are added up. */
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
    description: 'Reserve these pieces for the order, all or none.',
    example: { commandId, lines },
  }),
  // not answered: it is sent again as long as it matters, and the confirmation shows whether it had an effect
  orderKeyed('RESERVATION_EXTEND_REQUEST', command({ until: timestampSchema }), {
    from: 'order',
    description: 'Keep the order’s reservation at least until then: the customer has longer to pay.',
    example: { commandId, until: expiresAt },
  }),
  orderKeyed('RESERVATION_CONFIRM_REQUEST', command({}), {
    from: 'order',
    description: 'Confirm the order’s reservation: the pieces are sold.',
    example: { commandId },
  }),
  orderKeyed('RESERVATION_RELEASE_REQUEST', command({ reason: reasonSchema }), {
    from: 'order',
    description: 'Release what is reserved for the order or was sold to it.',
    example: { commandId, reason: 'the payment was declined' },
  }),
  orderKeyed('RESERVATION_RESTOCK_REQUEST', command({ refundId: idSchema, lines: productQuantitiesSchema }), {
    from: 'order',
    description: 'Put these pieces of a refund back into stock.',
    example: { commandId, refundId, lines },
  }),
]);
