import type { SqlClient } from '@outrider/common';

/** How long, in ms, a list waits for writers that began before the request. They take a few ms; longer is a stuck one. */
const WAIT_MS = 250;

/**
 * The functions of lists that clients follow page by page, in plain SQL, to be run before `listPositions`.
 *
 * Ids are made before their rows are committed, by processes whose clocks differ: a reader who has passed one id may
 * have passed others that nobody could see yet. So each row has a position, a number drawn at its insert, and before a
 * transaction draws its first one it locks a number that is lower than all it will draw. Below the lowest locked number the
 * list is complete: every row that there will ever be can be seen.
 *
 * Locks and not transaction ids: those are of the whole server, so that any long transaction would hold back every list;
 * and they begin at lower numbers again where a dump is restored.
 */
export const listPositionFunctions = String.raw`
-- the sequence's oid names the list in pg_locks; two numbers for the first row of a transaction, one for each other row
CREATE FUNCTION list_position(list regclass) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path=pg_catalog,pg_temp AS $$
DECLARE mark text := 'outrider.list_'||list::oid;
BEGIN
  -- once a transaction: a load of a million rows must not fill the table of locks. A rolled back savepoint takes both back
  IF coalesce(current_setting(mark,true),'')='' THEN
    PERFORM pg_advisory_xact_lock(list::oid::bigint::bit(32)::int, nextval(list)::bit(32)::int);
    PERFORM set_config(mark,'held',true);
  END IF;
  RETURN nextval(list);
END $$;

-- drawn: the last number by now; settled: no position below it is still to come. The number is read before the locks: who
-- is not seen there draws a higher one. A lock holds the lower half of its number: the one meant is the one next to drawn
CREATE FUNCTION list_horizon(list regclass, OUT drawn bigint, OUT settled bigint) LANGUAGE plpgsql SECURITY DEFINER SET search_path=pg_catalog,pg_temp AS $$
BEGIN
  drawn := coalesce(pg_sequence_last_value(list),0);
  SELECT least(drawn+1, min(drawn+((l.objid::bigint-drawn+2147483648)&4294967295)-2147483648)) INTO settled FROM pg_locks l
  WHERE l.locktype='advisory' AND l.objsubid=2 AND l.classid=list::oid AND l.granted
    AND l.database=(SELECT d.oid FROM pg_database d WHERE d.datname=current_database());
END $$;
`;

/** Gives the rows of a table positions, in plain SQL: those that are there keep 0, and are listed by id before all others. */
export function listPositions(table: string): string {
  return `CREATE SEQUENCE ${table}_list;
ALTER TABLE ${table} ADD COLUMN position bigint NOT NULL DEFAULT 0;
ALTER TABLE ${table} ALTER COLUMN position SET DEFAULT list_position('${table}_list');`;
}

/**
 * The first position of a table's list that an open transaction may still write: a page shows the rows below it and no
 * others. To be read in a statement of its own, before the page.
 *
 * All that was committed before the call is below it, unless a transaction that was writing to the same table before is
 * still open `waitMs` later; then what was written after that one is left for the next request. Nothing else waits for it:
 * a read by id does not.
 */
export async function listHorizon(sql: SqlClient, table: string, waitMs = WAIT_MS): Promise<number> {
  const until = performance.now() + waitMs;
  const first = await readHorizon(sql, table);
  let { horizon } = first;
  for (let pauseMs = 2; horizon <= first.drawn && performance.now() < until; pauseMs = Math.min(2 * pauseMs, 50)) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    ({ horizon } = await readHorizon(sql, table));
  }
  return horizon;
}

async function readHorizon(sql: SqlClient, table: string): Promise<{ drawn: number; horizon: number }> {
  const { rows } = await sql.query<{ drawn: number; horizon: number }>(
    'SELECT drawn::float8 AS drawn, settled::float8 AS horizon FROM list_horizon($1::text::regclass)',
    [`${table}_list`],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`the list of ${table} has no horizon`);
  return row;
}

// A transaction's now() is the time of its start. Transactions of the same user are visible; no other user writes here.
const STABLE_TIME = `SELECT least(min(xact_start), clock_timestamp())::text AS time FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND xact_start IS NOT NULL AND pid <> pg_backend_pid()`;

/**
 * The time before which no open transaction changes a row: every row stamped with `now()`, the start of its transaction,
 * that is earlier can be seen. For lists that clients follow by such a time. To be read in a statement of its own, before
 * the page.
 */
export async function stableTime(sql: SqlClient): Promise<Date> {
  const [row] = (await sql.query<{ time: string }>(STABLE_TIME)).rows;
  if (row === undefined) throw new Error('the database gave no time');
  return new Date(row.time);
}
