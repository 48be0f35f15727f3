/** The amount requested where payment refunded another; `amount` is what was refunded. */
export const requestedAmounts = String.raw`
ALTER TABLE refund ADD COLUMN requested_amount bigint;         -- minor units; null: the same as amount
`;
