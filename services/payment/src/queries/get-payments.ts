import type { Payment } from '@outrider/contracts';
import type { Transactor } from '@outrider/service-kit/database';
import { PaymentEntity } from '../persistence/entities/payment.entity.js';
import { refundsAndDisputesOf } from '../persistence/statements/refunds-and-disputes.js';

/** The payments of an order, without the customer's payment method. */
export async function getPayments(transactor: Transactor, orderId: string): Promise<Payment[]> {
  const { em, sql } = transactor.read();
  const found = await em.find(PaymentEntity, { orderId });
  const refundsAndDisputes = await refundsAndDisputesOf(
    sql,
    found.map(({ id }) => id),
  );
  return found.map((payment) => ({
    id: payment.id,
    orderId: payment.orderId,
    status: payment.status,
    amount: payment.amount,
    capturedAmount: payment.capturedAmount,
    refundedAmount: payment.refundedAmount,
    currency: payment.currency,
    provider: payment.provider,
    providerReference: payment.providerReference ?? null,
    reason: payment.reason ?? null,
    code: payment.code ?? null,
    refunds: [...(refundsAndDisputes.get(payment.id)?.refunds ?? [])],
    disputes: [...(refundsAndDisputes.get(payment.id)?.disputes ?? [])],
    createdAt: payment.createdAt.toISOString(),
    updatedAt: payment.updatedAt.toISOString(),
  }));
}
