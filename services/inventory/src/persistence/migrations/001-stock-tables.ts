/**
 * The stock, its ledger, and what of it is kept for whom.
 *
 * Lock order of every transaction: inbox ids (the inbox has done that), reservations by order_id, stock by product_id.
 */
export const stockTables = String.raw`
CREATE TABLE stock (
  product_id uuid PRIMARY KEY,
  on_hand    bigint NOT NULL,
  reserved   bigint NOT NULL,
  version    bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT stock_available_not_negative CHECK (reserved >= 0 AND on_hand >= reserved)
) WITH (fillfactor=70);                    -- changed by every batch that sells it: room for the new versions on the page

-- append-only: one row per change, with the levels it led to. Versions of a product have no gap, so that the sums of
-- the deltas are the levels. Without foreign key: the statement that writes a row here is the one that moves the stock
CREATE TABLE stock_movement (
  product_id     uuid   NOT NULL,
  version        bigint NOT NULL,
  reason         text   NOT NULL CHECK (reason IN ('INITIAL','ADJUSTED','RESERVED','CONFIRMED','RELEASED','EXPIRED','RESTOCKED')),
  reference      text   NOT NULL,          -- an order's id; the caller's name for an adjustment
  note           text,                     -- a person's words
  on_hand_delta  bigint NOT NULL,
  reserved_delta bigint NOT NULL,
  on_hand        bigint NOT NULL,
  reserved       bigint NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (product_id, version),
  CONSTRAINT stock_movement_available_not_negative CHECK (reserved >= 0 AND on_hand >= reserved)
);
CREATE UNIQUE INDEX stock_movement_adjustment ON stock_movement(product_id, reference) WHERE reason = 'ADJUSTED';

-- order_id is the key: every way to a reservation is through its order
CREATE TABLE reservation (
  order_id        uuid PRIMARY KEY,
  id              uuid NOT NULL,
  status          text NOT NULL CHECK (status IN ('WAITING','RESERVED','CONFIRMED','RELEASED','EXPIRED','REJECTED')),
  lines           jsonb NOT NULL,          -- [{productId, quantity, restocked}] as they were asked for; read and written whole, with the row's lock
  expires_at      timestamptz,
  waiting_command uuid,
  version         bigint NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT reservation_waiting_for_an_answer CHECK ((status = 'WAITING') = (waiting_command IS NOT NULL)),
  CONSTRAINT reservation_ends CHECK (status NOT IN ('WAITING','RESERVED') OR expires_at IS NOT NULL)
) WITH (fillfactor=80);
CREATE INDEX reservation_expiry ON reservation(expires_at) WHERE status = 'RESERVED';
CREATE INDEX reservation_waiting ON reservation(expires_at) WHERE status = 'WAITING';

-- how each command was answered, to be answered the same again
CREATE TABLE reservation_command (
  order_id   uuid  NOT NULL,
  command_id uuid  NOT NULL,
  reply      jsonb NOT NULL,
  PRIMARY KEY (order_id, command_id)
);
`;
