import type { SqlClient } from '@outrider/service-kit/database';
import type { Dispute, KnownRefund, Ledger } from '../../domain/ledger.js';

// One statement for all of a batch, and none for the many batches in which nothing came from the provider's side. It
// must follow the one that locks the sagas: what it reads is changed under their locks only. Before restocked was
// kept, a refund that had succeeded had all its pieces in stock again.
const SQL = `SELECT o.order_id,
  (SELECT coalesce(json_agg(json_build_object('id', coalesce(r.provider_refund_id, r.id::text), 'by', r.made_by,
    'amount', r.amount, 'status', r.status, 'metadata', r.metadata,
    'restocked', r.restocked OR r.status = 'SUCCEEDED' AND r.restock AND r.lines IS NOT NULL)), '[]')
   FROM refund r WHERE r.order_id = o.order_id) AS refunds,
  (SELECT coalesce(json_agg(json_build_object('disputeId', d.dispute_id, 'amount', d.amount,
    'withheldAmount', d.withheld_amount, 'reason', d.reason, 'respondBy', d.respond_by, 'status', d.status)), '[]')
   FROM dispute d WHERE d.order_id = o.order_id) AS disputes
FROM unnest($1::uuid[]) AS o(order_id)`;

interface Row {
  readonly order_id: string;
  readonly refunds: readonly KnownRefund[];
  readonly disputes: readonly Dispute[];
}

/** The refunds and disputes of these orders, by order id; the caller holds their sagas. */
export async function readLedgers(sql: SqlClient, orderIds: readonly string[]): Promise<ReadonlyMap<string, Ledger>> {
  const { rows } = await sql.query<Row>(SQL, [[...new Set(orderIds)]]);
  return new Map(
    rows.map(({ order_id, refunds, disputes }) => [
      order_id,
      { refunds, disputes: disputes.map((dispute) => ({ ...dispute, respondBy: isoOf(dispute.respondBy) })) },
    ]),
  );
}

/** As events say times; PostgreSQL's JSON has them in the session's zone. */
function isoOf(time: string | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
