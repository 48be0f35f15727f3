/**
 * Every refund and dispute that a provider has shown, by the provider's id. A refund that order asked for also has order's
 * id for it; those made before refunds were stored one by one have none. payment.refunded_amount follows from them. The
 * index finds a payment by the provider's reference, which is all that a refund made there by hand names.
 */
export const refundsAndDisputes = `
CREATE TABLE refund (
  provider text NOT NULL,
  provider_refund_id text NOT NULL,
  payment_id uuid NOT NULL REFERENCES payment,
  refund_id uuid,
  amount bigint NOT NULL CHECK (amount >= 0),
  status text NOT NULL CHECK (status IN ('PENDING','SUCCEEDED','FAILED','CANCELED')),
  requested_by text NOT NULL CHECK (requested_by IN ('order','provider')),
  reason text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (provider, provider_refund_id)
);
CREATE INDEX refund_of_payment ON refund (payment_id);

CREATE TABLE dispute (
  provider text NOT NULL,
  provider_dispute_id text NOT NULL,
  payment_id uuid NOT NULL REFERENCES payment,
  amount bigint NOT NULL CHECK (amount >= 0),
  withheld_amount bigint NOT NULL CHECK (withheld_amount >= 0),
  status text NOT NULL CHECK (status IN ('OPEN','WON','LOST','CLOSED')),
  reason text NOT NULL,
  respond_by timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (provider, provider_dispute_id)
);
CREATE INDEX dispute_of_payment ON dispute (payment_id);

ALTER TABLE payment ADD COLUMN code text;
CREATE INDEX payment_reference ON payment (provider_reference);
`;
