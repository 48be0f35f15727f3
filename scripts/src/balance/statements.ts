import { jsonRows, selectList } from '@outrider/common';
import type {
  BookDispute,
  BookPayment,
  BookRead,
  BookRefund,
  BookReservation,
  BookStock,
  Pieces,
  StoredOrder,
} from './books.js';

// What the books are read by, one statement for each table's question. They read the services' tables as they are, on
// purpose past the services: what a service answers is compared with it. Numbers leave as float8, which holds every
// amount there can be (< 2^53) and reaches JavaScript as a number.

const ORDER_REFUNDS = jsonRows<StoredOrder['refunds'][number]>({
  id: 'coalesce(r.provider_refund_id, r.id::text)',
  by: 'r.made_by',
  amount: 'r.amount',
  status: 'r.status',
});
const ORDER_DISPUTES = jsonRows<BookDispute>({
  id: 'd.dispute_id',
  status: 'd.status',
  amount: 'd.amount',
  withheldAmount: 'd.withheld_amount',
});

/** order: every order with where it stands, its lines, and its refunds and disputes one by one. */
export const ORDERS = `SELECT ${selectList<StoredOrder>({
  id: 'o.id',
  customerId: 'o.customer_id',
  reference: 'o.reference',
  status: 's.status',
  reason: 's.reason',
  total: 'o.total::float8',
  refundedTotal: 's.refunded_amount::float8',
  currency: 'o.currency',
  lines: `(SELECT ${jsonRows<Pieces>({ productId: 'l.product_id', quantity: 'l.quantity' })}
    FROM order_line l WHERE l.order_id = o.id)`,
  refunds: `(SELECT ${ORDER_REFUNDS} FROM refund r WHERE r.order_id = o.id)`,
  disputes: `(SELECT ${ORDER_DISPUTES} FROM dispute d WHERE d.order_id = o.id)`,
})} FROM orders o JOIN saga s ON s.order_id = o.id`;

/** order: the products that it knows the price of. */
export const PRICED = `SELECT id AS "productId" FROM catalog_product`;

/** inventory: each product's level, and what came in by the ledger of its movements. */
export const STOCK = `SELECT ${selectList<BookStock>({
  productId: 's.product_id',
  onHand: 's.on_hand::float8',
  reserved: 's.reserved::float8',
  initial: "coalesce(sum(m.on_hand_delta) FILTER (WHERE m.reason = 'INITIAL'), 0)::float8",
  stocked: 'coalesce(sum(m.on_hand_delta), 0)::float8',
})}
FROM stock s LEFT JOIN stock_movement m ON m.product_id = s.product_id AND m.reason IN ('INITIAL', 'ADJUSTED')
GROUP BY s.product_id`;

/** inventory: what became of each order's reservation, and the movements that put pieces of it back. */
export const RESERVATIONS = `SELECT ${selectList<BookReservation>({
  orderId: 'order_id',
  status: 'status',
  restocked: `(SELECT ${jsonRows<Pieces>({
    productId: "line->>'productId'",
    quantity: "(line->>'restocked')::float8",
  })} FROM jsonb_array_elements(lines) line WHERE (line->>'restocked')::float8 > 0)`,
  movedBack: "coalesce(m.back, '[]')",
})} FROM reservation LEFT JOIN (
  SELECT reference, ${jsonRows<Pieces>({ productId: 'product_id', quantity: 'on_hand_delta' })} AS back
  FROM stock_movement WHERE reason = 'RESTOCKED' GROUP BY reference
) m ON m.reference = order_id::text`;

const PAYMENT_REFUNDS = jsonRows<BookRefund>({
  id: 'r.provider_refund_id',
  refundId: 'r.refund_id',
  amount: 'r.amount',
  status: 'r.status',
});
const PAYMENT_DISPUTES = jsonRows<BookDispute>({
  id: 'd.provider_dispute_id',
  status: 'd.status',
  amount: 'd.amount',
  withheldAmount: 'd.withheld_amount',
});

/** payment: what became of each order's money, and its refunds and disputes one by one. */
export const PAYMENTS = `SELECT ${selectList<BookPayment>({
  orderId: 'order_id',
  status: 'status',
  amount: 'amount::float8',
  currency: 'currency',
  capturedAmount: 'captured_amount::float8',
  refundedAmount: 'refunded_amount::float8',
  refunds: `(SELECT ${PAYMENT_REFUNDS} FROM refund r WHERE r.payment_id = p.id)`,
  disputes: `(SELECT ${PAYMENT_DISPUTES} FROM dispute d WHERE d.payment_id = p.id)`,
})} FROM payment p`;

/** product: the stock that reads are answered from when Redis has nothing. */
export const READS = `SELECT ${selectList<BookRead>({ productId: 'p.id', stock: 's.available::float8' })}
FROM product p LEFT JOIN product_stock s ON s.product_id = p.id`;
