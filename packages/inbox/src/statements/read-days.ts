import { selectList, type SqlClient } from '@outrider/common';

interface Row {
  readonly ahead: number;
  readonly in_default: number;
}

// As the outbox's: by the names that inbox_make_days gives, from the catalogue alone.
const READ_DAYS = `SELECT ${selectList<Row>({
  ahead: `(SELECT min(i)-1 FROM generate_series(0,61) i WHERE NOT EXISTS
    (SELECT 1 FROM pg_inherits h JOIN pg_class c ON c.oid=h.inhrelid WHERE h.inhparent='inbox_event'::regclass
      AND c.relname='inbox_event'||to_char((now() AT TIME ZONE 'UTC')::date+i,'_YYYYMMDD')))`,
  in_default: '(SELECT count(*)::int FROM (SELECT 1 FROM inbox_event_default LIMIT 100001) y)',
})}`;

/** The days of the ids. */
export interface InboxDays {
  /** days after today that are there, without a gap; -1: today's is missing */
  readonly ahead: number;
  /** ids in the default partition: their day was missing, or has been dropped; 100,001 = more than 100,000 */
  readonly inDefault: number;
}

/** One statement. */
export async function readDays(client: SqlClient): Promise<InboxDays> {
  const { rows } = await client.query<Row>(READ_DAYS);
  const [row] = rows;
  if (row === undefined) throw new Error('a SELECT without FROM gave no row');
  return { ahead: row.ahead, inDefault: row.in_default };
}
