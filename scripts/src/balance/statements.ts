// What the books are read by, one statement for each table's question. They read the services' tables as they are, on
// purpose past the services: what a service answers is compared with it. Numbers leave as float8, which holds every
// amount there can be (< 2^53) and reaches JavaScript as a number.

/** order: every order with where it stands, its lines, and its refunds and disputes one by one. */
export const ORDERS = `
SELECT o.id, o.customer_id AS "customerId", o.reference, s.status, s.reason,
  o.total::float8 AS total, s.refunded_amount::float8 AS "refundedTotal", o.currency,
  (SELECT coalesce(json_agg(json_build_object('productId', l.product_id, 'quantity', l.quantity)), '[]')
   FROM order_line l WHERE l.order_id = o.id) AS lines,
  (SELECT coalesce(json_agg(json_build_object('id', coalesce(r.provider_refund_id, r.id::text), 'by', r.made_by,
    'amount', r.amount, 'status', r.status)), '[]') FROM refund r WHERE r.order_id = o.id) AS refunds,
  (SELECT coalesce(json_agg(json_build_object('id', d.dispute_id, 'status', d.status, 'amount', d.amount,
    'withheldAmount', d.withheld_amount)), '[]') FROM dispute d WHERE d.order_id = o.id) AS disputes
FROM orders o JOIN saga s ON s.order_id = o.id`;

/** order: the products that it knows the price of. */
export const PRICED = `SELECT id AS "productId" FROM catalog_product`;

/** inventory: each product's level, and what came in by the ledger of its movements. */
export const STOCK = `
SELECT s.product_id AS "productId", s.on_hand::float8 AS "onHand", s.reserved::float8 AS reserved,
  coalesce(sum(m.on_hand_delta) FILTER (WHERE m.reason = 'INITIAL'), 0)::float8 AS initial,
  coalesce(sum(m.on_hand_delta), 0)::float8 AS stocked
FROM stock s LEFT JOIN stock_movement m ON m.product_id = s.product_id AND m.reason IN ('INITIAL', 'ADJUSTED')
GROUP BY s.product_id`;

/** inventory: what became of each order's reservation, and the movements that put pieces of it back. */
export const RESERVATIONS = `
SELECT order_id AS "orderId", status,
  (SELECT coalesce(json_agg(json_build_object('productId', line->>'productId', 'quantity', (line->>'restocked')::float8)), '[]')
   FROM jsonb_array_elements(lines) line WHERE (line->>'restocked')::float8 > 0) AS restocked,
  coalesce(m.back, '[]') AS "movedBack"
FROM reservation LEFT JOIN (
  SELECT reference, json_agg(json_build_object('productId', product_id, 'quantity', on_hand_delta)) AS back
  FROM stock_movement WHERE reason = 'RESTOCKED' GROUP BY reference
) m ON m.reference = order_id::text`;

/** payment: what became of each order's money, and its refunds and disputes one by one. */
export const PAYMENTS = `
SELECT order_id AS "orderId", status, amount::float8 AS amount, currency, captured_amount::float8 AS "capturedAmount",
  refunded_amount::float8 AS "refundedAmount",
  (SELECT coalesce(json_agg(json_build_object('id', r.provider_refund_id, 'refundId', r.refund_id, 'amount', r.amount,
    'status', r.status)), '[]') FROM refund r WHERE r.payment_id = p.id) AS refunds,
  (SELECT coalesce(json_agg(json_build_object('id', d.provider_dispute_id, 'status', d.status, 'amount', d.amount,
    'withheldAmount', d.withheld_amount)), '[]') FROM dispute d WHERE d.payment_id = p.id) AS disputes
FROM payment p`;

/** product: the stock that reads are answered from when Redis has nothing. */
export const READS = `
SELECT p.id AS "productId", s.available::float8 AS stock
FROM product p LEFT JOIN product_stock s ON s.product_id = p.id`;
