import { z } from 'zod';
import { idSchema, timestampSchema } from '../ids.js';
import { amountSchema, summedQuantitySchema } from '../money.js';
import { orderKeyed, reasonSchema, reply } from './define.js';

export const reservationFailureSchema = z.enum(['OUT_OF_STOCK', 'UNKNOWN_PRODUCT', 'RELEASED']);

/** inventory → order, payment → order: the answers to the saga's commands. Amounts in the currency's minor unit. */
export const orderEventSchema = z.discriminatedUnion('eventType', [
  orderKeyed('RESERVATION_CREATION_SUCCEEDED', reply({ reservationId: idSchema, expiresAt: timestampSchema })),
  orderKeyed(
    'RESERVATION_CREATION_FAILED',
    // lines: what could not be had, by product; empty when the order was released before it was asked for
    reply({
      reason: reservationFailureSchema,
      lines: z.array(z.object({ productId: idSchema, quantity: summedQuantitySchema })),
    }),
  ),
  orderKeyed('RESERVATION_CONFIRM', reply({})),
  orderKeyed('RESERVATION_CONFIRM_FAILED', reply({ reason: reasonSchema })),
  // nobody asked for it: inventory's own clock ran out
  orderKeyed('RESERVATION_EXPIRED', z.object({})),
  orderKeyed('RESERVATION_RELEASE', reply({ restocked: z.boolean() })),
  orderKeyed('RESERVATION_RESTOCKED', reply({ refundId: idSchema })),
  orderKeyed('PAYMENT_CREATION_SUCCEEDED', reply({ paymentId: idSchema, amount: amountSchema })),
  orderKeyed(
    'PAYMENT_ACTION_REQUIRED',
    reply({
      paymentId: idSchema,
      redirectUrl: z.url().max(2000).optional(),
      clientSecret: z.string().max(500).optional(),
      expiresAt: timestampSchema,
    }),
  ),
  orderKeyed('PAYMENT_CREATION_FAILED', reply({ reason: reasonSchema })),
  orderKeyed('PAYMENT_CONFIRM', reply({ capturedAmount: amountSchema })),
  orderKeyed('PAYMENT_CONFIRM_FAILED', reply({ reason: reasonSchema })),
  orderKeyed('PAYMENT_RELEASE', reply({ voided: z.boolean(), refundedAmount: amountSchema })),
  orderKeyed('PAYMENT_REFUNDED', reply({ refundId: idSchema, amount: amountSchema })),
  orderKeyed('PAYMENT_REFUND_FAILED', reply({ refundId: idSchema, reason: reasonSchema })),
]);
