import { z } from 'zod';
import { idSchema, timestampSchema } from '../ids.js';
import { amountSchema, currencySchema } from '../money.js';

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
export const paymentsSchema = z.object({ data: z.array(paymentSchema) });
export const byOrderQuerySchema = z.strictObject({ orderId: idSchema });
