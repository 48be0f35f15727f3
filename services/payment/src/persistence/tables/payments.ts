import { isReasonCode, type PaymentStatus } from '@outrider/contracts';
import { bigint, boolean, defineTable, json, nullable, text, time, uuid } from '@outrider/service-kit/database';
import type { Payment, RequiredAction } from '../../domain/payment.js';

/** A payment as it is stored: its refunds and disputes have tables of their own. */
export type PaymentRow = Omit<Payment, 'refunds' | 'disputes' | 'provider' | 'code' | 'traceparent'> & {
  readonly provider: string;
  /** a version after this one may have stored a code that is not known here */
  readonly code: string | null;
  readonly traceparent: string | null;
};

export const PAYMENTS = defineTable<PaymentRow>('payment', {
  id: uuid('id'),
  orderId: uuid('order_id'),
  status: text<PaymentStatus>('status'),
  amount: bigint('amount'),
  currency: text('currency'),
  paymentMethod: nullable(text('payment_method')),
  capturedAmount: bigint('captured_amount'),
  refundedAmount: bigint('refunded_amount'),
  provider: text('provider'),
  providerReference: nullable(text('provider_reference')),
  reason: nullable(text('reason')),
  code: nullable(text('code')),
  action: nullable(json<RequiredAction>('action')),
  released: boolean('released'),
  traceparent: nullable(text('traceparent')),
});

/** When a payment was made and when it last changed, by the database's clock. */
export const PAYMENT_TIMES = defineTable<{ readonly createdAt: Date; readonly updatedAt: Date }>('payment', {
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
});

/** Without its refunds and disputes. */
export function paymentOf({ code, ...row }: PaymentRow): Payment {
  return { ...row, code: code !== null && isReasonCode(code) ? code : null, refunds: [], disputes: [] };
}
