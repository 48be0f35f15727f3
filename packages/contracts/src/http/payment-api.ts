import { z } from 'zod';
import { idSchema, timestampSchema } from '../ids.js';
import { amountSchema, currencySchema } from '../money.js';
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
  reason: z.string().nullable(),
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
        createdAt: EXAMPLE.occurredAt,
        updatedAt: EXAMPLE.occurredAt,
      },
    ],
  },
  none: { data: [] },
});
export const byOrderQuerySchema = z.strictObject({ orderId: orderIdSchema });
