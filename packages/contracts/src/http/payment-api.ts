import { z } from 'zod';
import { idSchema, timestampSchema } from '../ids.js';
import { amountSchema, currencySchema } from '../money.js';
import { disputeOutcomeSchema } from '../order.js';
import { EXAMPLE, withExamples } from './examples.js';
import { orderIdSchema } from './order-api.js';

export const PAYMENT_STATUSES = [
  'PENDING',
  'ACTION_REQUIRED',
  'IN_DOUBT',
  'AUTHORIZED',
  'DECLINED',
  'CAPTURED',
  'VOIDED',
  'PARTIALLY_REFUNDED',
  'REFUNDED',
] as const;
export const paymentStatusSchema = z.enum(PAYMENT_STATUSES);
export type PaymentStatus = z.infer<typeof paymentStatusSchema>;

/** A refund as the provider last showed it. */
export const paymentRefundSchema = z.object({
  id: z.string().meta({ description: 'The provider’s id of it' }),
  refundId: idSchema.nullable().meta({
    description:
      'The id of the order’s refund or of the command that refunded everything; null: it was made at the provider, or ' +
      'before such ids were kept',
  }),
  amount: amountSchema,
  status: z.enum(['PENDING', 'SUCCEEDED', 'FAILED', 'CANCELED']).meta({
    description: 'PENDING and SUCCEEDED count into refundedAmount; the bank may still return one that SUCCEEDED',
  }),
  by: z.enum(['order', 'provider']).meta({ description: 'provider: it was made at the provider' }),
  reason: z.string().nullable().meta({ description: 'Why it failed, as reported by the provider' }),
  createdAt: timestampSchema,
});
export type PaymentRefund = z.infer<typeof paymentRefundSchema>;

/** A dispute as the provider last showed it. */
export const paymentDisputeSchema = z.object({
  id: z.string().meta({ description: 'The provider’s id of it' }),
  amount: amountSchema,
  withheldAmount: amountSchema.meta({ description: 'What the provider withholds for it; 0 for an inquiry' }),
  status: z.enum(['OPEN', ...disputeOutcomeSchema.options]),
  reason: z.string(),
  respondBy: timestampSchema.nullable(),
  createdAt: timestampSchema,
});
export type PaymentDispute = z.infer<typeof paymentDisputeSchema>;

export const paymentSchema = z.object({
  id: idSchema,
  orderId: idSchema,
  status: paymentStatusSchema,
  amount: amountSchema,
  capturedAmount: amountSchema,
  refundedAmount: amountSchema,
  currency: currencySchema,
  provider: z.string(),
  providerReference: z.string().nullable(),
  reason: z
    .string()
    .nullable()
    .meta({ description: 'Why it has this status, as reported by the provider or by this service' }),
  code: z.string().nullable().meta({ description: 'The same as one of the reason codes, which customers may see' }),
  refunds: z.array(paymentRefundSchema),
  disputes: z.array(paymentDisputeSchema),
  createdAt: timestampSchema,
  updatedAt: timestampSchema,
});
export type Payment = z.infer<typeof paymentSchema>;
export const paymentsSchema = withExamples(z.object({ data: z.array(paymentSchema) }), {
  captured: {
    data: [
      {
        id: EXAMPLE.paymentId,
        orderId: EXAMPLE.orderId,
        status: 'CAPTURED',
        amount: EXAMPLE.total,
        capturedAmount: EXAMPLE.total,
        refundedAmount: 0,
        currency: 'EUR',
        provider: 'stripe',
        providerReference: 'pi_3PYkQz2eZvKYlo2C1gB4hT9x',
        reason: null,
        code: null,
        refunds: [],
        disputes: [],
        createdAt: EXAMPLE.occurredAt,
        updatedAt: EXAMPLE.occurredAt,
      },
    ],
  },
  'refunded-and-disputed': {
    data: [
      {
        id: EXAMPLE.paymentId,
        orderId: EXAMPLE.orderId,
        status: 'PARTIALLY_REFUNDED',
        amount: EXAMPLE.total,
        capturedAmount: EXAMPLE.total,
        refundedAmount: 300,
        currency: 'EUR',
        provider: 'stripe',
        providerReference: 'pi_3PYkQz2eZvKYlo2C1gB4hT9x',
        reason: null,
        code: null,
        refunds: [
          {
            id: 're_3PYkQz2eZvKYlo2C1nQ8xW2k',
            refundId: null,
            amount: 300,
            status: 'SUCCEEDED',
            by: 'provider',
            reason: null,
            createdAt: EXAMPLE.occurredAt,
          },
        ],
        disputes: [
          {
            id: 'du_1PYkQz2eZvKYlo2CtT6mU4rS',
            amount: EXAMPLE.total,
            withheldAmount: EXAMPLE.total,
            status: 'OPEN',
            reason: 'product_not_received',
            respondBy: EXAMPLE.occurredAt,
            createdAt: EXAMPLE.occurredAt,
          },
        ],
        createdAt: EXAMPLE.occurredAt,
        updatedAt: EXAMPLE.occurredAt,
      },
    ],
  },
  none: { data: [] },
});
export const byOrderQuerySchema = z.strictObject({ orderId: orderIdSchema });
