// What the books are read by, one statement for each table's question. They read the services' tables as they are, on
// purpose past the services: what a service tells is compared with it. Numbers leave as float8, which holds every
// amount there can be (< 2^53) and reaches JavaScript as a number.

/** order: every order with where it stands and its lines. */
export const ORDERS = `
SELECT o.id, o.customer_id AS "customerId", o.reference, s.status,
  o.total::float8 AS total, s.refunded_amount::float8 AS "refundedTotal",
  (SELECT coalesce(json_agg(json_build_object('productId', l.product_id, 'quantity', l.quantity)), '[]')
   FROM order_line l WHERE l.order_id = o.id) AS lines
FROM orders o JOIN saga s ON s.order_id = o.id`;

/** inventory: each product's level, and what came in by the ledger of its movements. */
export const STOCK = `
SELECT s.product_id AS "productId", s.on_hand::float8 AS "onHand", s.reserved::float8 AS reserved,
  coalesce(sum(m.on_hand_delta) FILTER (WHERE m.reason = 'INITIAL'), 0)::float8 AS initial,
  coalesce(sum(m.on_hand_delta), 0)::float8 AS stocked
FROM stock s LEFT JOIN stock_movement m ON m.product_id = s.product_id AND m.reason IN ('INITIAL', 'ADJUSTED')
GROUP BY s.product_id`;

/** inventory: what became of each order's reservation. */
export const RESERVATIONS = `
SELECT order_id AS "orderId", status,
  (SELECT coalesce(json_agg(json_build_object('productId', line->>'productId', 'quantity', (line->>'restocked')::float8)), '[]')
   FROM jsonb_array_elements(lines) line WHERE (line->>'restocked')::float8 > 0) AS restocked
FROM reservation`;

/** payment: what became of each order's money. */
export const PAYMENTS = `
SELECT order_id AS "orderId", status, captured_amount::float8 AS "capturedAmount",
  refunded_amount::float8 AS "refundedAmount"
FROM payment`;

/** product: the stock that reads are answered from when Redis has nothing. */
export const READS = `
SELECT p.id AS "productId", s.available::float8 AS stock
FROM product p LEFT JOIN product_stock s ON s.product_id = p.id`;
