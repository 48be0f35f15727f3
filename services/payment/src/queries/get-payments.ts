import type { Payment } from '@outrider/contracts';
import type { Row, Transactor } from '@outrider/service-kit/database';
import {
  REFUNDS_AND_DISPUTES,
  refundsAndDisputesIn,
  type RefundsAndDisputesRow,
} from '../persistence/statements/refunds-and-disputes.js';
import { PAYMENT_TIMES, PAYMENTS } from '../persistence/tables/payments.js';

const SHOWN = PAYMENTS.pick(
  'id',
  'orderId',
  'status',
  'amount',
  'capturedAmount',
  'refundedAmount',
  'currency',
  'provider',
  'providerReference',
  'reason',
  'code',
);
const SQL = `SELECT ${SHOWN.select('p')}, ${PAYMENT_TIMES.select('p')}, ${REFUNDS_AND_DISPUTES}
FROM payment p WHERE p.order_id = $1`;

/** The payments of an order, without the customer's payment method. */
export async function getPayments(transactor: Transactor, orderId: string): Promise<Payment[]> {
  const { rows } = await transactor.read().query<Row & RefundsAndDisputesRow>(SQL, [orderId]);
  return rows.map((row) => {
    const { createdAt, updatedAt } = PAYMENT_TIMES.read(row);
    const { refunds, disputes } = refundsAndDisputesIn(row);
    return {
      ...SHOWN.read(row),
      refunds: [...refunds],
      disputes: [...disputes],
      createdAt: createdAt.toISOString(),
      updatedAt: updatedAt.toISOString(),
    };
  });
}
