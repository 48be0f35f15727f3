import { z } from 'zod';
import { idSchema } from '../ids.js';
import { LIMITS, quantitySchema } from '../money.js';
import { command, orderKeyed, reasonSchema } from './define.js';

/** How many pieces of which product. Several lines may name one product; they count together. */
export const productQuantitySchema = z.object({ productId: idSchema, quantity: quantitySchema });
export type ProductQuantity = z.infer<typeof productQuantitySchema>;

export const productQuantitiesSchema = z.array(productQuantitySchema).min(1).max(LIMITS.lines);

/** order → inventory. */
export const reservationEventSchema = z.discriminatedUnion('eventType', [
  orderKeyed('RESERVATION_CREATE_REQUEST', command({ lines: productQuantitiesSchema })),
  orderKeyed('RESERVATION_CONFIRM_REQUEST', command({})),
  orderKeyed('RESERVATION_RELEASE_REQUEST', command({ reason: reasonSchema })),
  orderKeyed('RESERVATION_RESTOCK_REQUEST', command({ refundId: idSchema, lines: productQuantitiesSchema })),
]);
