/** Payments, and the commands of order that change them. */
export const payments = `
CREATE TABLE payment (
  id uuid PRIMARY KEY,
  order_id uuid NOT NULL UNIQUE,
  status text NOT NULL CHECK (status IN ('PENDING','ACTION_REQUIRED','IN_DOUBT','AUTHORIZED','DECLINED','CAPTURED',
    'VOIDED','PARTIALLY_REFUNDED','REFUNDED')),
  amount bigint NOT NULL CHECK (amount >= 0),
  currency text NOT NULL,
  payment_method text,
  captured_amount bigint NOT NULL CHECK (captured_amount BETWEEN 0 AND amount),
  refunded_amount bigint NOT NULL CHECK (refunded_amount BETWEEN 0 AND captured_amount),
  provider text NOT NULL,
  provider_reference text,
  reason text,
  released boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT never_voided_and_captured CHECK (status <> 'VOIDED' OR captured_amount = 0)
);
CREATE INDEX payment_in_doubt ON payment (updated_at) WHERE status = 'IN_DOUBT';

-- One row per command of order: what was asked, its state, its answer. While it is RUNNING it is the attempt at an
-- operation: owner and due_at are its lease, and version fences off an answer that comes too late.
CREATE TABLE payment_command (
  order_id uuid NOT NULL,
  command_id uuid NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY,
  payment_id uuid REFERENCES payment,
  request jsonb NOT NULL,
  state text NOT NULL CHECK (state IN ('WAITING','RUNNING','DONE')),
  operation text CHECK (operation IN ('AUTHORIZE','CAPTURE','VOID','REFUND')),
  operation_amount bigint CHECK (operation_amount >= 0),
  round integer NOT NULL DEFAULT 0,
  version integer NOT NULL DEFAULT 0,
  tries integer NOT NULL DEFAULT 0,
  in_doubt boolean NOT NULL DEFAULT false,
  owner text,
  due_at timestamptz,
  reply jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  CONSTRAINT payment_command_once PRIMARY KEY (order_id, command_id),
  CONSTRAINT running_is_an_attempt
    CHECK (state <> 'RUNNING' OR (payment_id IS NOT NULL AND operation IS NOT NULL AND due_at IS NOT NULL)),
  CONSTRAINT done_is_answered CHECK ((state = 'DONE') = (reply IS NOT NULL))
);
-- one operation at a time, whatever the code believes
CREATE UNIQUE INDEX payment_command_running ON payment_command (payment_id) WHERE state = 'RUNNING';
CREATE INDEX payment_command_waiting ON payment_command (payment_id) WHERE state = 'WAITING';
CREATE INDEX payment_command_due ON payment_command (due_at) WHERE state = 'RUNNING';
`;
