import { newId } from '@outrider/contracts';
import type { SqlClient } from '@outrider/service-kit/database';
import type { LedgerChange } from '../../domain/ledger.js';

// Of a whole batch in one statement, and none for the many batches that change no refund. The amount requested is kept
// where another was refunded.
const CHANGE = `UPDATE refund SET status=t.status, failure=t.failure, failure_detail=t.detail, restocked=t.restocked, updated_at=$2,
  amount=t.amount, requested_amount=CASE WHEN refund.amount<>t.amount THEN coalesce(requested_amount, refund.amount) ELSE requested_amount END
FROM json_to_recordset($1::json) AS t(id uuid, amount bigint, status text, failure text, detail text, restocked boolean)
WHERE refund.id=t.id`;

// These were not requested here: the row is written when the update comes, and has the provider's id as its key.
const FOUND = `INSERT INTO refund(id, order_id, made_by, provider_refund_id, amount, restock, reason, status, failure, failure_detail, created_at, updated_at)
SELECT t.id, t.order_id, t.made_by, t.provider_refund_id, t.amount, false, t.reason, t.status, t.failure, t.detail, $2, $2
FROM json_to_recordset($1::json) AS t(id uuid, order_id uuid, made_by text, provider_refund_id text, amount bigint,
  reason text, status text, failure text, detail text)
ON CONFLICT (order_id, provider_refund_id) WHERE provider_refund_id IS NOT NULL
DO UPDATE SET status=excluded.status, failure=excluded.failure, failure_detail=excluded.failure_detail, updated_at=$2`;

export type RefundChange = Exclude<LedgerChange, { kind: 'dispute' }> & { readonly orderId: string };

/** Writes what became of refunds; the caller holds the sagas of their orders. Of each refund the last change counts. */
export async function storeRefunds(sql: SqlClient, changes: readonly RefundChange[], now: Date): Promise<void> {
  const changed = new Map<string, object>();
  const found = new Map<string, object>();
  for (const change of changes) {
    const { status, failure } = change;
    const end = { status, failure: failure?.code ?? null, detail: failure?.detail ?? null };
    if (change.kind === 'refund') {
      const { refundId: id, amount, restocked } = change;
      changed.set(id, { id, amount, restocked, ...end });
    } else {
      found.set(`${change.orderId} ${change.by} ${change.id}`, { ...end, ...foundRow(change) });
    }
  }
  if (changed.size > 0) await sql.query(CHANGE, [JSON.stringify([...changed.values()]), now]);
  if (found.size > 0) await sql.query(FOUND, [JSON.stringify([...found.values()]), now]);
}

function foundRow({ orderId: order_id, by: made_by, id, amount }: Extract<RefundChange, { kind: 'found' }>): object {
  const row = { order_id, made_by, amount };
  switch (made_by) {
    case 'provider':
      return { ...row, id: newId(), provider_refund_id: id, reason: 'Refunded at the payment provider' };
    case 'shop':
      return { ...row, id, provider_refund_id: null, reason: 'Given back when the order was undone' };
  }
}
