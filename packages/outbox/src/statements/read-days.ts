import { selectList, type SqlClient } from '@outrider/common';

interface Row {
  readonly ahead: number;
  readonly in_default: number;
  readonly replay_age: number;
}

// Days without a gap from today on, by the names that outbox_make_days gives: cheap, the catalogue alone. The rows of the
// default are counted up to a limit; in health there is none.
const READ_DAYS = `SELECT ${selectList<Row>({
  ahead: `(SELECT min(i)-1 FROM generate_series(0,61) i WHERE NOT EXISTS
    (SELECT 1 FROM pg_inherits h JOIN pg_class c ON c.oid=h.inhrelid WHERE h.inhparent='outbox_event'::regclass
      AND c.relname='outbox_event'||to_char((now() AT TIME ZONE 'UTC')::date+i,'_YYYYMMDD')))`,
  in_default: '(SELECT count(*)::int FROM (SELECT 1 FROM outbox_event_default LIMIT 100001) y)',
  replay_age: `(SELECT coalesce(extract(epoch FROM now()-min(asked_at)),0)::float8 FROM outbox_replay WHERE state NOT IN ('DONE','ABANDONED'))`,
})}`;

/** The days of the log, and what an operator has left open. */
export interface OutboxDays {
  /** days after today that are there, without a gap; -1: today's is missing */
  readonly ahead: number;
  /** events in the default partition, because their day was missing; 100,001 = more than 100,000 */
  readonly inDefault: number;
  /** seconds since the oldest replay that has not ended was asked for; 0: there is none */
  readonly replayAge: number;
}

/** One statement, with the rights of the service's role. */
export async function readDays(client: SqlClient): Promise<OutboxDays> {
  const { rows } = await client.query<Row>(READ_DAYS);
  const [row] = rows;
  if (row === undefined) throw new Error('a SELECT without FROM gave no row');
  return { ahead: row.ahead, inDefault: row.in_default, replayAge: row.replay_age };
}
