import { z } from 'zod';
import { idSchema, timestampSchema } from '../ids.js';
import { amountSchema, summedQuantitySchema } from '../money.js';
import { disputeOutcomeSchema } from '../order.js';
import { orderKeyed, providerIdSchema, reasonCodeSchema, reasonSchema, reply } from './define.js';
import { SAMPLE } from './sample-values.js';

export const reservationFailureSchema = z.enum(['OUT_OF_STOCK', 'UNKNOWN_PRODUCT', 'RELEASED']);

const { commandId, reservationId, paymentId, refundId, productId, expiresAt } = SAMPLE;

/** inventory → order, payment → order: the answers to the saga's commands. Amounts in the currency's minor unit. */
export const orderEventSchema = z.discriminatedUnion('eventType', [
  orderKeyed('RESERVATION_CREATION_SUCCEEDED', reply({ reservationId: idSchema, expiresAt: timestampSchema }), {
    from: 'inventory',
    says: 'All pieces are kept for the order until then.',
    example: { commandId, reservationId, expiresAt },
  }),
  orderKeyed(
    'RESERVATION_CREATION_FAILED',
    // lines: what could not be had, by product; empty when the order was released before it was asked for
    reply({
      reason: reservationFailureSchema,
      lines: z.array(z.object({ productId: idSchema, quantity: summedQuantitySchema })),
    }),
    {
      from: 'inventory',
      says: 'Nothing is kept for the order; the lines are what could not be had.',
      example: { commandId, reason: 'OUT_OF_STOCK', lines: [{ productId, quantity: 2 }] },
    },
  ),
  orderKeyed('RESERVATION_CONFIRM', reply({}), {
    from: 'inventory',
    says: 'The pieces are sold.',
    example: { commandId },
  }),
  orderKeyed('RESERVATION_CONFIRM_FAILED', reply({ reason: reasonSchema }), {
    from: 'inventory',
    says: 'The pieces cannot be sold: they are no longer kept.',
    example: { commandId, reason: 'expired' },
  }),
  // nobody asked for it: inventory's own clock ran out
  orderKeyed('RESERVATION_EXPIRED', z.object({}), {
    from: 'inventory',
    says: 'The time is over for which the pieces were kept; nobody asked for it, so no command is answered.',
    example: {},
  }),
  orderKeyed('RESERVATION_RELEASE', reply({ restocked: z.boolean() }), {
    from: 'inventory',
    says: 'Nothing is kept for the order any more; restocked when pieces that were sold came back.',
    example: { commandId, restocked: true },
  }),
  orderKeyed('RESERVATION_RESTOCKED', reply({ refundId: idSchema }), {
    from: 'inventory',
    says: 'The pieces of a refund are back in stock.',
    example: { commandId, refundId },
  }),
  orderKeyed('PAYMENT_CREATION_SUCCEEDED', reply({ paymentId: idSchema, amount: amountSchema }), {
    from: 'payment',
    says: 'The amount is authorised.',
    example: { commandId, paymentId, amount: 2080 },
  }),
  orderKeyed(
    'PAYMENT_ACTION_REQUIRED',
    reply({
      paymentId: idSchema,
      redirectUrl: z.url().max(2000).optional(),
      clientSecret: z.string().max(500).optional(),
      expiresAt: timestampSchema,
    }),
    {
      from: 'payment',
      says: 'The customer must act until then; the command stays open.',
      example: {
        commandId,
        paymentId,
        redirectUrl: 'https://bank.example/3ds',
        clientSecret: 'pi_1_secret_2',
        expiresAt,
      },
    },
  ),
  orderKeyed('PAYMENT_CREATION_FAILED', reply({ reason: reasonSchema, code: reasonCodeSchema.optional() }), {
    from: 'payment',
    says: 'Nothing is authorised, and nothing will be.',
    example: { commandId, reason: 'declined', code: 'card-declined' },
  }),
  orderKeyed('PAYMENT_CONFIRM', reply({ capturedAmount: amountSchema }), {
    from: 'payment',
    says: 'The money is here.',
    example: { commandId, capturedAmount: 2080 },
  }),
  orderKeyed('PAYMENT_CONFIRM_FAILED', reply({ reason: reasonSchema, code: reasonCodeSchema.optional() }), {
    from: 'payment',
    says: 'The money cannot be had for good.',
    example: { commandId, reason: 'the authorisation is gone', code: 'payment-expired' },
  }),
  orderKeyed('PAYMENT_RELEASE', reply({ voided: z.boolean(), refundedAmount: amountSchema }), {
    from: 'payment',
    says: 'None of the order’s money is kept: voided, or given back.',
    example: { commandId, voided: true, refundedAmount: 0 },
  }),
  orderKeyed('PAYMENT_REFUNDED', reply({ refundId: idSchema, amount: amountSchema }), {
    from: 'payment',
    says: 'This much was given back.',
    example: { commandId, refundId, amount: 890 },
  }),
  orderKeyed(
    'PAYMENT_REFUND_FAILED',
    reply({ refundId: idSchema, reason: reasonSchema, code: reasonCodeSchema.optional() }),
    {
      from: 'payment',
      says: 'Nothing was given back, and nothing will be under this refund.',
      example: { commandId, refundId, reason: 'too much', code: 'refund-failed' },
    },
  ),
  // what follows answers no command: it happened at the provider
  orderKeyed(
    'PAYMENT_REFUND_RETURNED',
    z.object({
      paymentId: idSchema,
      refundId: idSchema,
      amount: amountSchema,
      reason: reasonSchema,
    }),
    {
      from: 'payment',
      says: 'A refund that had succeeded failed later: the money came back to the provider’s account.',
      example: { paymentId, refundId, amount: 890, reason: 'lost_or_stolen_card' },
    },
  ),
  orderKeyed(
    'PAYMENT_PROVIDER_REFUNDED',
    z.object({ paymentId: idSchema, providerRefundId: providerIdSchema, amount: amountSchema }),
    {
      from: 'payment',
      says: 'Money was refunded at the provider, and no refund of ours asked for it.',
      example: { paymentId, providerRefundId: 're_1', amount: 890 },
    },
  ),
  orderKeyed(
    'PAYMENT_PROVIDER_REFUND_RETURNED',
    z.object({ paymentId: idSchema, providerRefundId: providerIdSchema, amount: amountSchema, reason: reasonSchema }),
    {
      from: 'payment',
      says: 'A refund made at the provider failed later: the money came back to the provider’s account.',
      example: { paymentId, providerRefundId: 're_1', amount: 890, reason: 'expired_or_canceled_card' },
    },
  ),
  orderKeyed('PAYMENT_PROVIDER_CAPTURED', z.object({ paymentId: idSchema, capturedAmount: amountSchema }), {
    from: 'payment',
    says: 'Money was captured at the provider, and no command of ours asked for it.',
    example: { paymentId, capturedAmount: 2080 },
  }),
  orderKeyed('PAYMENT_PROVIDER_VOIDED', z.object({ paymentId: idSchema, reason: reasonSchema }), {
    from: 'payment',
    says: 'The authorisation was voided at the provider, and no command of ours asked for it.',
    example: { paymentId, reason: 'voided at the provider' },
  }),
  orderKeyed(
    'PAYMENT_DISPUTED',
    z.object({
      paymentId: idSchema,
      disputeId: providerIdSchema,
      amount: amountSchema,
      // what the provider has taken back for the dispute; 0 for an inquiry
      withheldAmount: amountSchema,
      reason: reasonSchema,
      respondBy: timestampSchema.optional(),
    }),
    {
      from: 'payment',
      says: 'The customer disputes the payment; sent again when the dispute’s amounts change.',
      example: {
        paymentId,
        disputeId: 'dp_1',
        amount: 2080,
        withheldAmount: 2080,
        reason: 'product_not_received',
        respondBy: expiresAt,
      },
    },
  ),
  orderKeyed(
    'PAYMENT_DISPUTE_CLOSED',
    z.object({
      paymentId: idSchema,
      disputeId: providerIdSchema,
      amount: amountSchema,
      withheldAmount: amountSchema,
      outcome: disputeOutcomeSchema,
    }),
    {
      from: 'payment',
      says: 'A dispute has ended; withheldAmount is what the provider keeps for good: 0 unless it was lost.',
      example: { paymentId, disputeId: 'dp_1', amount: 2080, withheldAmount: 2080, outcome: 'LOST' },
    },
  ),
]);
