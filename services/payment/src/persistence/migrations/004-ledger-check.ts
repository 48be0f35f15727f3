/**
 * The progress of the check of the provider's ledger, its lease, and what was found. One row for each provider that was
 * ever used. `recent` and `sweep` are the two walks through the ledger; `checked_*` say what the last complete walk
 * through recent orders covered, and when it ended.
 */
export const ledgerCheck = `
CREATE TABLE ledger_check (
  provider text PRIMARY KEY,
  owner text,
  lease_until timestamptz,
  due_at timestamptz NOT NULL DEFAULT now(),
  recent jsonb,
  sweep jsonb,
  checked_from timestamptz,
  checked_to timestamptz,
  checked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT owned_for_a_while CHECK ((owner IS NULL) = (lease_until IS NULL))
);

-- What differs now: gone as soon as it does not any more. The reference is the provider's name of the charge, empty of
-- a payment that names none; charge is what the provider's list said of it.
CREATE TABLE ledger_difference (
  provider text NOT NULL,
  order_id uuid NOT NULL,
  reference text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('charge_unknown','charge_missing','charge_differs','charge_refunds')),
  expected text NOT NULL,
  seen text NOT NULL,
  charge jsonb,
  first_seen timestamptz NOT NULL DEFAULT now(),
  last_seen timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (provider, order_id, reference)
);
`;
