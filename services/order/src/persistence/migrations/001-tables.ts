/**
 * Orders as they were accepted, the saga that carries each to its end, and order's own copy of the catalogue.
 *
 * Lock order of every transaction: sagas by order_id. The saga's row is the lock of its order.
 */
export const orderTables = String.raw`
-- as accepted; never changed. The order's state is in its saga alone
CREATE TABLE orders (
  id              uuid PRIMARY KEY,
  customer_id     text   NOT NULL,
  idempotency_key text   NOT NULL,
  reference       text,
  currency        text   NOT NULL,
  payment_method  text   NOT NULL,
  adjustments     jsonb  NOT NULL,
  total           bigint NOT NULL CHECK (total >= 0),        -- minor units
  created_at      timestamptz NOT NULL,
  -- outlives the stored answers: a key never makes a second order
  CONSTRAINT orders_customer_key UNIQUE (customer_id, idempotency_key)
);
CREATE INDEX orders_by_customer ON orders(customer_id, id);
CREATE INDEX orders_by_reference ON orders(reference, id) WHERE reference IS NOT NULL;

CREATE TABLE order_line (
  order_id   uuid   NOT NULL REFERENCES orders(id),
  position   int    NOT NULL,
  product_id uuid   NOT NULL,
  sku        text   NOT NULL,
  name       text   NOT NULL,
  quantity   int    NOT NULL CHECK (quantity > 0),
  unit_price bigint NOT NULL CHECK (unit_price >= 0),        -- minor units
  PRIMARY KEY (order_id, position)
);

CREATE TABLE saga (
  order_id           uuid PRIMARY KEY REFERENCES orders(id),
  step               text    NOT NULL CHECK (step IN ('RESERVING','AUTHORIZING','CONFIRMING','CAPTURING','COMPENSATING','REFUNDING','DONE')),
  status             text    NOT NULL,                        -- what the order shows
  outcome            text    NOT NULL,                        -- the end aimed at
  stock_command_id   uuid,                                    -- the open commands
  money_command_id   uuid,
  payment_asked      boolean NOT NULL,
  cancel_requested   boolean NOT NULL,
  deadline_at        timestamptz,
  attempts           int     NOT NULL,
  retry_at           timestamptz,
  due_at             timestamptz GENERATED ALWAYS AS (LEAST(deadline_at, retry_at)) STORED,
  reservation_id     uuid,
  payment_id         uuid,
  captured_amount    bigint  NOT NULL CHECK (captured_amount >= 0),
  refunded_amount    bigint  NOT NULL CHECK (refunded_amount BETWEEN 0 AND captured_amount),
  reason             text,
  action             jsonb,
  started_version    text    NOT NULL,
  started_at         timestamptz NOT NULL,
  entered_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL,
  version            int     NOT NULL,
  -- DONE means that stock and money are closed; every other saga has a clock that moves it on
  CONSTRAINT saga_done_is_closed CHECK (step <> 'DONE' OR (stock_command_id IS NULL AND money_command_id IS NULL AND status = outcome)),
  CONSTRAINT saga_open_has_a_clock CHECK (step IN ('DONE','REFUNDING') OR retry_at IS NOT NULL)
) WITH (fillfactor=70);
-- the scanner and the gauges: only what is open, so it stays tiny
CREATE INDEX saga_due ON saga(due_at) WHERE due_at IS NOT NULL;
CREATE INDEX saga_by_status ON saga(status, order_id);

-- each command once: of two that take the same step at once, the second fails here
CREATE TABLE saga_command (
  order_id   uuid NOT NULL REFERENCES saga(order_id),
  command_id uuid NOT NULL,
  type       text NOT NULL,
  sent_at    timestamptz NOT NULL,
  PRIMARY KEY (order_id, command_id)
);

-- append-only: one row per change, numbered by the version it led to
CREATE TABLE saga_timeline (
  order_id uuid   NOT NULL REFERENCES saga(order_id),
  version  int    NOT NULL,
  at       timestamptz NOT NULL,
  input    text   NOT NULL,
  step     text   NOT NULL,
  status   text   NOT NULL,
  event_id uuid,
  sent     text[] NOT NULL,
  reason   text,
  PRIMARY KEY (order_id, version)
);

-- from catalog-event, by version, never back
CREATE TABLE catalog_product (
  id       uuid PRIMARY KEY,
  sku      text    NOT NULL,
  name     text    NOT NULL,
  price    bigint  NOT NULL,
  currency text    NOT NULL,
  retired  boolean NOT NULL,
  version  int     NOT NULL
);
`;
