import { decodeEvent, type EventOf } from '@outrider/contracts';
import type { Subscription } from '@outrider/inbox';
import type pg from 'pg';

type LifecycleEvent = EventOf<'order-lifecycle-event'>;

/** One statement for a batch, however many orders it completes; slips are numbered in the order of the events. */
const PRINT = `INSERT INTO packing_slip(order_id, customer_id, reference, lines, shipping_paid, completed_at)
SELECT * FROM json_to_recordset($1::json) AS t(
  order_id uuid, customer_id text, reference text, lines jsonb, shipping_paid bigint, completed_at timestamptz)`;

/** A packing slip for every order that is sold and paid. */
export const packingSlips: Subscription<LifecycleEvent, pg.PoolClient> = {
  topic: 'order-lifecycle-event',
  decode(value) {
    const decoded = decodeEvent('order-lifecycle-event', value);
    return decoded.ok ? { ok: true, eventId: decoded.event.eventId, event: decoded.event } : decoded;
  },
  async handle(tx, messages) {
    const slips = messages.flatMap(({ event }) => slipOf(event));
    if (slips.length > 0) await tx.query(PRINT, [JSON.stringify(slips)]);
  },
};

/** Exhaustive: a type that is new in the contract does not compile until somebody has said what it means here. */
function slipOf({ eventType, orderId, occurredAt, payload }: LifecycleEvent): object[] {
  switch (eventType) {
    case 'ORDER_COMPLETED': {
      const { customerId, reference = null, lines, adjustments } = payload;
      const shipping = adjustments.filter(({ kind }) => kind === 'shipping');
      return [
        {
          order_id: orderId,
          customer_id: customerId,
          reference,
          lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
          shipping_paid: shipping.reduce((sum, { amount }) => sum + amount, 0),
          completed_at: occurredAt,
        },
      ];
    }
    case 'ORDER_PLACED':
    case 'ORDER_FAILED':
    case 'ORDER_CANCELLED':
    case 'ORDER_REFUNDED':
    case 'ORDER_REFUND_FAILED':
    case 'ORDER_DISPUTED':
    case 'ORDER_DISPUTE_CLOSED':
      return [];
  }
}
