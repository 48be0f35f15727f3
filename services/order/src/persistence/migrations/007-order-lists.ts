/**
 * Lists of orders by when they were placed and by when they last changed, and the
 * metadata of orders and refunds.
 */
export const orderLists = String.raw`
CREATE INDEX orders_by_creation ON orders(created_at);
CREATE INDEX saga_by_update ON saga(updated_at, order_id);

ALTER TABLE orders ADD COLUMN metadata jsonb;
ALTER TABLE refund ADD COLUMN metadata jsonb;
`;
