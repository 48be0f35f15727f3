import { newId } from '@outrider/contracts';
import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { LedgerChange } from '../../domain/ledger.js';
import { REFUND_ORIGINS, REFUNDS } from '../tables/refunds.js';

const CHANGED = REFUNDS.pick('refundId', 'amount', 'status', 'failure', 'failureDetail', 'restocked');

// Of a whole batch in one statement, and none for the many batches that change no refund. The amount requested is kept
// where another was refunded.
const CHANGE = `UPDATE refund SET ${CHANGED.assign('t', 'refundId')}, updated_at=$2,
  requested_amount=CASE WHEN refund.amount<>t.amount THEN coalesce(requested_amount, refund.amount) ELSE requested_amount END
FROM json_to_recordset($1::json) AS t(${CHANGED.record})
WHERE refund.id=t.id`;

const FOUND = REFUNDS.pick(
  'refundId',
  'amount',
  'by',
  'providerRefundId',
  'restock',
  'reason',
  'status',
  'failure',
  'failureDetail',
);
const ORDERS = REFUND_ORIGINS.pick('orderId');

// These were not requested here: the row is written when the update comes, and has the provider's id as its key.
const INSERT = `INSERT INTO refund(${ORDERS.names}, ${FOUND.names}, created_at, updated_at)
SELECT ${ORDERS.names}, ${FOUND.names}, $2, $2 FROM json_to_recordset($1::json) AS t(${ORDERS.record}, ${FOUND.record})
ON CONFLICT (order_id, provider_refund_id) WHERE provider_refund_id IS NOT NULL
DO UPDATE SET ${REFUNDS.pick('status', 'failure', 'failureDetail').assign('excluded')}, updated_at=$2`;

export type RefundChange = Exclude<LedgerChange, { kind: 'dispute' }> & { readonly orderId: string };

/** Writes what became of refunds; the caller holds the sagas of their orders. Of each refund the last change counts. */
export async function storeRefunds(sql: SqlClient, changes: readonly RefundChange[], now: Date): Promise<void> {
  const changed = new Map<string, Row>();
  const found = new Map<string, Row>();
  for (const change of changes) {
    const { status, amount } = change;
    const end = {
      amount,
      status,
      failure: change.failure?.code ?? null,
      failureDetail: change.failure?.detail ?? null,
    };
    if (change.kind === 'refund') {
      const { refundId, restocked } = change;
      changed.set(refundId, CHANGED.write({ ...end, refundId, restocked }));
    } else {
      const { orderId, by, id } = change;
      const row = FOUND.write({ ...end, by, restock: false, ...foundAs(change) });
      found.set(`${orderId} ${by} ${id}`, { ...ORDERS.write({ orderId }), ...row });
    }
  }
  if (changed.size > 0) await sql.query(CHANGE, [JSON.stringify([...changed.values()]), now]);
  if (found.size > 0) await sql.query(INSERT, [JSON.stringify([...found.values()]), now]);
}

function foundAs({ by, id }: Extract<RefundChange, { kind: 'found' }>) {
  switch (by) {
    case 'provider':
      return { refundId: newId(), providerRefundId: id, reason: 'Refunded at the payment provider' };
    case 'shop':
      return { refundId: id, providerRefundId: null, reason: 'Given back when the order was undone' };
  }
}
