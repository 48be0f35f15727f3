import { z } from 'zod';
import { idSchema, timestampSchema } from '../ids.js';
import { amountSchema, summedQuantitySchema } from '../money.js';
import { disputeOutcomeSchema } from '../order.js';
import { answer, orderKeyed, providerIdSchema, reasonCodeSchema, reasonSchema } from './define.js';
import { SAMPLE } from './sample-values.js';

export const reservationFailureSchema = z.enum(['OUT_OF_STOCK', 'UNKNOWN_PRODUCT', 'RELEASED']);

const { commandId, reservationId, paymentId, refundId, productId, expiresAt } = SAMPLE;

/** inventory → order, payment → order: the answers to the saga's commands. Amounts in the currency's minor unit. */
export const orderEventSchema = z.discriminatedUnion('eventType', [
  orderKeyed('RESERVATION_CREATION_SUCCEEDED', answer({ reservationId: idSchema, expiresAt: timestampSchema }), {
    from: 'inventory',
    description: 'All pieces are reserved for the order until expiresAt.',
    example: { commandId, reservationId, expiresAt },
  }),
  orderKeyed(
    'RESERVATION_CREATION_FAILED',
    // lines: what was missing, by product; empty when the order was released before
    answer({
      reason: reservationFailureSchema,
      lines: z.array(z.object({ productId: idSchema, quantity: summedQuantitySchema })),
    }),
    {
      from: 'inventory',
      description: 'Nothing is reserved for the order; the lines are what was missing.',
      example: { commandId, reason: 'OUT_OF_STOCK', lines: [{ productId, quantity: 2 }] },
    },
  ),
  orderKeyed('RESERVATION_CONFIRM', answer({}), {
    from: 'inventory',
    description: 'The reservation is confirmed: the pieces are sold.',
    example: { commandId },
  }),
  orderKeyed('RESERVATION_CONFIRM_FAILED', answer({ reason: reasonSchema }), {
    from: 'inventory',
    description: 'The reservation cannot be confirmed: the pieces are no longer reserved.',
    example: { commandId, reason: 'expired' },
  }),
  orderKeyed('RESERVATION_EXPIRED', z.object({}), {
    from: 'inventory',
    description: 'The reservation has expired. Inventory sends it on its own; it answers no command.',
    example: {},
  }),
  orderKeyed('RESERVATION_RELEASE', answer({ restocked: z.boolean() }), {
    from: 'inventory',
    description: 'Nothing is reserved for the order any more; restocked is true when pieces that were sold came back.',
    example: { commandId, restocked: true },
  }),
  orderKeyed('RESERVATION_RESTOCKED', answer({ refundId: idSchema }), {
    from: 'inventory',
    description: 'The pieces of a refund are back in stock.',
    example: { commandId, refundId },
  }),
  orderKeyed('PAYMENT_CREATION_SUCCEEDED', answer({ paymentId: idSchema, amount: amountSchema }), {
    from: 'payment',
    description: 'The amount is authorised.',
    example: { commandId, paymentId, amount: 2080 },
  }),
  orderKeyed(
    'PAYMENT_ACTION_REQUIRED',
    answer({
      paymentId: idSchema,
      redirectUrl: z.url().max(2000).optional(),
      clientSecret: z.string().max(500).optional(),
      expiresAt: timestampSchema,
    }),
    {
      from: 'payment',
      description: 'The customer must act before expiresAt; the command stays open.',
      example: {
        commandId,
        paymentId,
        redirectUrl: 'https://bank.example/3ds',
        clientSecret: 'pi_1_secret_2',
        expiresAt,
      },
    },
  ),
  orderKeyed('PAYMENT_CREATION_FAILED', answer({ reason: reasonSchema, code: reasonCodeSchema.optional() }), {
    from: 'payment',
    description: 'Nothing is authorised, and nothing will be.',
    example: { commandId, reason: 'declined', code: 'card-declined' },
  }),
  orderKeyed('PAYMENT_CONFIRM', answer({ capturedAmount: amountSchema }), {
    from: 'payment',
    description: 'The money is captured.',
    example: { commandId, capturedAmount: 2080 },
  }),
  orderKeyed('PAYMENT_CONFIRM_FAILED', answer({ reason: reasonSchema, code: reasonCodeSchema.optional() }), {
    from: 'payment',
    description: 'The money could not be captured and will not be.',
    example: { commandId, reason: 'the authorisation is gone', code: 'payment-expired' },
  }),
  orderKeyed('PAYMENT_RELEASE', answer({ voided: z.boolean(), refundedAmount: amountSchema }), {
    from: 'payment',
    description: 'None of the order’s money is held: it was voided or refunded.',
    example: { commandId, voided: true, refundedAmount: 0 },
  }),
  orderKeyed('PAYMENT_REFUNDED', answer({ refundId: idSchema, amount: amountSchema }), {
    from: 'payment',
    description: 'This amount was refunded.',
    example: { commandId, refundId, amount: 890 },
  }),
  orderKeyed(
    'PAYMENT_REFUND_FAILED',
    answer({ refundId: idSchema, reason: reasonSchema, code: reasonCodeSchema.optional() }),
    {
      from: 'payment',
      description: 'Nothing was refunded, and nothing will be under this refund.',
      example: { commandId, refundId, reason: 'too much', code: 'refund-failed' },
    },
  ),
  // the following answer no command: they happened at the provider
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
      description: 'A refund that had succeeded failed later: the money came back to the provider’s account.',
      example: { paymentId, refundId, amount: 890, reason: 'lost_or_stolen_card' },
    },
  ),
  orderKeyed(
    'PAYMENT_PROVIDER_REFUNDED',
    z.object({ paymentId: idSchema, providerRefundId: providerIdSchema, amount: amountSchema }),
    {
      from: 'payment',
      description: 'Money was refunded at the provider without a command of ours.',
      example: { paymentId, providerRefundId: 're_1', amount: 890 },
    },
  ),
  orderKeyed(
    'PAYMENT_PROVIDER_REFUND_RETURNED',
    z.object({ paymentId: idSchema, providerRefundId: providerIdSchema, amount: amountSchema, reason: reasonSchema }),
    {
      from: 'payment',
      description: 'A refund made at the provider failed later: the money came back to the provider’s account.',
      example: { paymentId, providerRefundId: 're_1', amount: 890, reason: 'expired_or_canceled_card' },
    },
  ),
  orderKeyed('PAYMENT_PROVIDER_CAPTURED', z.object({ paymentId: idSchema, capturedAmount: amountSchema }), {
    from: 'payment',
    description: 'Money was captured at the provider without a command of ours.',
    example: { paymentId, capturedAmount: 2080 },
  }),
  orderKeyed('PAYMENT_PROVIDER_VOIDED', z.object({ paymentId: idSchema, reason: reasonSchema }), {
    from: 'payment',
    description: 'The authorisation was voided at the provider without a command of ours.',
    example: { paymentId, reason: 'voided at the provider' },
  }),
  orderKeyed(
    'PAYMENT_DISPUTED',
    z.object({
      paymentId: idSchema,
      disputeId: providerIdSchema,
      amount: amountSchema,
      // what the provider withholds for the dispute; 0 for an inquiry
      withheldAmount: amountSchema,
      reason: reasonSchema,
      respondBy: timestampSchema.optional(),
    }),
    {
      from: 'payment',
      description: 'The customer disputes the payment; sent again when the dispute’s amounts change.',
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
      description: 'A dispute has ended; withheldAmount is what the provider keeps: 0 unless it was lost.',
      example: { paymentId, disputeId: 'dp_1', amount: 2080, withheldAmount: 2080, outcome: 'LOST' },
    },
  ),
]);
