/**
 * Gives sagas that aim at another end than COMPLETED the position of their order, so that a list of such orders is read from
 * where it begins, however many there are (docs/decisions/352). The saga of an order that goes well has none: its steps write
 * nothing more than before. A trigger sets it, so that also what the version before this one writes has it.
 *
 * saga_unsold is an index that databases of versions between releases have.
 */
export const notCompleted = String.raw`
ALTER TABLE saga ADD COLUMN not_completed_position bigint;     -- orders.position; null: aims at COMPLETED, and always did
CREATE FUNCTION saga_set_not_completed_position() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- fails where the order is not stored yet: without the position no list would show it
  SELECT position INTO STRICT NEW.not_completed_position FROM orders WHERE id = NEW.order_id;
  RETURN NEW;
END $$;
CREATE TRIGGER saga_not_completed_position BEFORE INSERT OR UPDATE OF outcome ON saga
  FOR EACH ROW WHEN (NEW.outcome <> 'COMPLETED') EXECUTE FUNCTION saga_set_not_completed_position();
UPDATE saga SET outcome = outcome WHERE outcome <> 'COMPLETED';
DROP INDEX IF EXISTS saga_unsold;
`;

/** By the outcome first: of one that is rare, or that no order has, a list is as quickly read. */
export const notCompletedByPosition = {
  index: 'saga_not_completed',
  on: 'saga(outcome, not_completed_position, order_id) WHERE not_completed_position IS NOT NULL',
};
