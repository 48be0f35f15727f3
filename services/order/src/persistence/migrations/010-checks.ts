/**
 * The shop's own check of an order, between its reservation and its payment. The version before this one knows neither the
 * step nor the columns: it neither begins a check nor is harmed by the columns, and of an order that is being checked it can
 * change nothing, for it must not be paid before it has passed, whatever a process takes it for.
 */
export const checks = String.raw`
ALTER TABLE saga
  ADD COLUMN check_state text,                                 -- null: it is not checked
  ADD COLUMN check_code text,                                  -- REFUSED: why, as a code of the shop's own
  DROP CONSTRAINT saga_step_check,
  ADD CONSTRAINT saga_step_is_known
    CHECK (step IN ('RESERVING','CHECKING','AUTHORIZING','CONFIRMING','CAPTURING','COMPENSATING','REFUNDING','DONE')) NOT VALID,
  ADD CONSTRAINT saga_check_is_known CHECK (check_state IN ('DUE','ASKED','REVIEW','PASSED','REFUSED')) NOT VALID,
  ADD CONSTRAINT saga_is_paid_after_its_check CHECK (
    check_state IS NULL OR check_state = 'PASSED'
    OR NOT payment_asked AND (step IN ('RESERVING','CHECKING','COMPENSATING') OR step = 'DONE' AND outcome IN ('FAILED','CANCELLED'))
  ) NOT VALID;
`;
