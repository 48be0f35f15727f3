import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { KnownRefund, Ledger } from '../../domain/ledger.js';
import { disputeOf, DISPUTES } from '../tables/disputes.js';

const DISPUTE = DISPUTES.pick('disputeId', 'amount', 'withheldAmount', 'reason', 'respondBy', 'status');

// One statement for all of a batch, and none for the many batches in which nothing came from the provider's side. It
// must follow the one that locks the sagas: what it reads is changed under their locks only. Before restocked was
// kept, a refund that had succeeded had all its pieces in stock again.
const SQL = `SELECT o.order_id,
  (SELECT coalesce(json_agg(json_build_object('id', coalesce(r.provider_refund_id, r.id::text), 'by', r.made_by,
    'amount', r.amount, 'status', r.status, 'metadata', r.metadata,
    'restocked', r.restocked OR r.status = 'SUCCEEDED' AND r.restock AND r.lines IS NOT NULL)), '[]')
   FROM refund r WHERE r.order_id = o.order_id) AS refunds,
  (SELECT coalesce(json_agg(x), '[]') FROM (SELECT ${DISPUTE.select('d')} FROM dispute d WHERE d.order_id = o.order_id) x) AS disputes
FROM unnest($1::uuid[]) AS o(order_id)`;

interface LedgerRow {
  readonly order_id: string;
  readonly refunds: readonly KnownRefund[];
  readonly disputes: readonly Row[];
}

/** The refunds and disputes of these orders, by order id; the caller holds their sagas. */
export async function readLedgers(sql: SqlClient, orderIds: readonly string[]): Promise<ReadonlyMap<string, Ledger>> {
  const { rows } = await sql.query<LedgerRow>(SQL, [[...new Set(orderIds)]]);
  return new Map(
    rows.map(({ order_id, refunds, disputes }) => [
      order_id,
      { refunds, disputes: disputes.map((row) => disputeOf(DISPUTE.read(row))) },
    ]),
  );
}
