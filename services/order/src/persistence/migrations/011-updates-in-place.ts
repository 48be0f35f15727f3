/**
 * Lets PostgreSQL change the row of a saga in its place (a HOT update, which writes no index) at each step of an order but
 * its last: no column that a step changes is in an index any more (docs/decisions/320).
 *
 * What is due is found by the minute that it becomes due in: the steps of an order follow each other so quickly that the minute
 * seldom changes. A trigger and not the service sets it, so that also what the version before this one writes has it.
 * Orders that ended otherwise than they were meant to have an index of their own (013-not-completed). Changes are listed by the
 * timeline, which is only added to.
 *
 * The version before this one goes on to use the indexes of before: they are dropped in the contract phase.
 */
export const updatesInPlace = String.raw`
ALTER TABLE saga ADD COLUMN due_minute timestamptz;              -- due_at, rounded down to its minute; null: DONE
CREATE FUNCTION saga_set_due_minute() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.due_minute := date_bin('1 minute', LEAST(NEW.deadline_at, NEW.retry_at), '1970-01-01 00:00Z');
  RETURN NEW;
END $$;
CREATE TRIGGER saga_due_minute BEFORE INSERT OR UPDATE OF deadline_at, retry_at ON saga
  FOR EACH ROW EXECUTE FUNCTION saga_set_due_minute();
UPDATE saga SET retry_at = retry_at WHERE due_at IS NOT NULL;
`;

export const openSagas = { index: 'saga_open', on: 'saga(due_minute) WHERE due_minute IS NOT NULL' };
export const changesByTime = { index: 'saga_timeline_by_time', on: 'saga_timeline(at, order_id)' };

/** What only the version before this one uses; no update of a saga is in its place while these are there. */
export const indexesOfEachStep = 'DROP INDEX saga_due, saga_by_status, saga_by_update;';
