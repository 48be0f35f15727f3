import type { SqlClient } from './sql-client.js';

/** One day is dropped a call; this many a run, so that a job that did not run for long catches up in a few runs. */
const DROPS_A_RUN = 60;

export interface DaysOptions {
  /** Days after today that must be there; 7 unless given. */
  readonly aheadDays?: number;
  /** How long days are kept, a PostgreSQL interval; null: none is dropped. */
  readonly keep: string | null;
}

/** Days are texts, YYYY-MM-DD. */
export interface DaysResult {
  readonly made: readonly string[];
  readonly dropped: readonly string[];
  /** Days whose rows lie in the default partition and stay there. */
  readonly inDefault: readonly string[];
  /** Days past their time that stay because something still refers to them. */
  readonly held: readonly string[];
  /** Something held the tables: again in a minute. */
  readonly busy: boolean;
}

interface DayRow {
  readonly result: string;
  readonly day: string | null;
}

/**
 * Makes the coming days of a table that is partitioned by day, and drops those past their time. At start and hourly.
 * Runs `<prefix>_make_days` and `<prefix>_drop_days`, functions of the migrations that have their owner's rights, so that
 * the caller's role needs no DDL. Days go by DROP, not DELETE, one a call, so that the strong lock on the parent is short.
 */
export async function maintainDayPartitions(
  client: SqlClient,
  prefix: 'outbox' | 'inbox',
  { aheadDays = 7, keep }: DaysOptions,
): Promise<DaysResult> {
  const made: string[] = [];
  const dropped: string[] = [];
  const inDefault: string[] = [];
  let held: string[] = [];
  let busy = false;
  const ahead = await client.query<DayRow>(`SELECT result,day::text AS day FROM ${prefix}_make_days($1::int)`, [
    aheadDays,
  ]);
  for (const { result, day } of ahead.rows) {
    if (result === 'made' && day !== null) made.push(day);
    else if (result === 'in default' && day !== null) inDefault.push(day);
    else busy = true;
  }
  if (keep === null) return { made, dropped, inDefault, held, busy };
  const drop = `SELECT result,day::text AS day FROM ${prefix}_drop_days($1::interval)`;
  for (let run = 0; run < DROPS_A_RUN; run += 1) {
    const { rows } = await client.query<DayRow>(drop, [keep]);
    held = daysOf(rows, 'pointers');
    busy ||= rows.some(({ result }) => result === 'busy');
    // 'deleted from default': a limited number of rows that no day fitted
    const gone = rows.filter(({ result }) => result === 'dropped' || result === 'deleted from default');
    if (busy || gone.length === 0) break;
    dropped.push(...gone.flatMap(({ day }) => (day === null ? [] : [day])));
  }
  return { made, dropped, inDefault, held, busy };
}

function daysOf(rows: readonly DayRow[], wanted: string): string[] {
  return rows.flatMap(({ result, day }) => (result === wanted && day !== null ? [day] : []));
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** When to call maintainDayPartitions again, in milliseconds. */
export function nextMaintenanceMs(result: DaysResult): number {
  return result.busy ? MINUTE_MS : HOUR_MS;
}
