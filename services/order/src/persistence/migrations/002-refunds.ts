/**
 * Refunds of completed orders. The saga carries the one under way; the table keeps them all. Written under the saga's
 * lock, as everything of an order.
 */
export const refunds = String.raw`
CREATE TABLE refund (
  id              uuid PRIMARY KEY,
  order_id        uuid   NOT NULL REFERENCES saga(order_id),
  requested_by    text   NOT NULL,
  idempotency_key text   NOT NULL,
  amount          bigint NOT NULL CHECK (amount > 0),          -- minor units
  lines           jsonb,                                       -- the pieces it is for, if it is for pieces
  restock         boolean NOT NULL,
  reason          text   NOT NULL,
  status          text   NOT NULL CHECK (status IN ('PENDING','SUCCEEDED','FAILED')),
  failure         text,
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  -- outlives the stored answers: a key never gives money back twice
  CONSTRAINT refund_key UNIQUE (requested_by, idempotency_key)
);
CREATE INDEX refund_by_order ON refund(order_id, id);
-- the backstop of the saga's lock
CREATE UNIQUE INDEX refund_one_open ON refund(order_id) WHERE status = 'PENDING';

ALTER TABLE saga ADD COLUMN refund jsonb;
-- nothing to look through: the column is new, and no order was ever refunding without it
ALTER TABLE saga ADD CONSTRAINT saga_refunding_has_its_refund
  CHECK ((step = 'REFUNDING') = (refund IS NOT NULL) AND (step <> 'REFUNDING' OR retry_at IS NOT NULL)) NOT VALID;
`;
