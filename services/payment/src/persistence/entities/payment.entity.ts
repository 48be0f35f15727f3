import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { PAYMENT_STATUSES } from '@outrider/contracts';

/** For reading: writes are in statements/. */
export const PaymentEntity = defineEntity({
  name: 'Payment',
  tableName: 'payment',
  properties: {
    id: p.uuid().primary(),
    orderId: p.uuid(),
    status: p.enum([...PAYMENT_STATUSES]),
    amount: p.bigint('number'),
    currency: p.text(),
    paymentMethod: p.text().nullable(),
    capturedAmount: p.bigint('number'),
    refundedAmount: p.bigint('number'),
    provider: p.text(),
    providerReference: p.text().nullable(),
    reason: p.text().nullable(),
    code: p.text().nullable(),
    released: p.boolean(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});
export type PaymentEntity = InferEntity<typeof PaymentEntity>;
