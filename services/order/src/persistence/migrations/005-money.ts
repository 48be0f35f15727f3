/**
 * Refunds and disputes that happen at the payment provider, what each refund gave back of which part of its order, and
 * what an order's adjustments make of each of its lines. The version before this one knows none of it and goes on to
 * write its rows: a line without its part of the adjustments is given it when it is read, by the same rule.
 */
export const money = String.raw`
ALTER TABLE refund
  ADD COLUMN made_by text NOT NULL DEFAULT 'shop',             -- shop, or provider
  ADD COLUMN provider_refund_id text,                          -- of one made there, without a request here
  ADD COLUMN restocked boolean NOT NULL DEFAULT false,         -- the pieces are back in stock, whatever became of the money
  ADD COLUMN shares jsonb,                                     -- what it stands for of products and adjustments, in minor units
  ALTER COLUMN requested_by DROP NOT NULL,
  ALTER COLUMN idempotency_key DROP NOT NULL,
  DROP CONSTRAINT refund_amount_check,
  -- 0: only pieces come back
  ADD CONSTRAINT refund_amount_is_not_negative CHECK (amount >= 0) NOT VALID;
-- the backstop of the saga's lock: what was done at the provider is taken over once
CREATE UNIQUE INDEX refund_of_provider ON refund(order_id, provider_refund_id) WHERE provider_refund_id IS NOT NULL;

-- Provider updates may come late: more may seem given back than is left of what was captured, until what came back is known too.
ALTER TABLE saga
  DROP CONSTRAINT saga_check,
  ADD CONSTRAINT saga_refunded_amount_is_not_negative CHECK (refunded_amount >= 0) NOT VALID;

CREATE TABLE dispute (
  order_id        uuid   NOT NULL REFERENCES saga(order_id),
  dispute_id      text   NOT NULL,                             -- the provider's name for it
  amount          bigint NOT NULL CHECK (amount >= 0),         -- minor units
  withheld_amount bigint NOT NULL CHECK (withheld_amount >= 0),
  reason          text   NOT NULL,
  respond_by      timestamptz,
  status          text   NOT NULL CHECK (status IN ('OPEN','WON','LOST','CLOSED')),
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  PRIMARY KEY (order_id, dispute_id)
);

ALTER TABLE order_line
  ADD COLUMN adjustment_amount bigint,                         -- minor units, signed
  ADD CONSTRAINT order_line_costs_nothing_at_least CHECK (quantity * unit_price + adjustment_amount >= 0) NOT VALID;
`;
