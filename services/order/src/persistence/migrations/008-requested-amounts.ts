/** What was asked for where payment gave back another amount; `amount` is what was given back. */
export const requestedAmounts = String.raw`
ALTER TABLE refund ADD COLUMN requested_amount bigint;         -- minor units; null: the same as amount
`;
