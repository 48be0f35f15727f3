/** A charge that cannot be read is a difference too. No row of before can break the wider rule, so none is read for it. */
export const unreadableCharges = `
ALTER TABLE ledger_difference
  DROP CONSTRAINT ledger_difference_kind_check,
  ADD CONSTRAINT ledger_difference_kind_check
    CHECK (kind IN ('charge_unknown','charge_missing','charge_differs','charge_refunds','charge_unreadable')) NOT VALID;
`;
