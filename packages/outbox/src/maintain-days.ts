import type { SqlClient } from './ports.js';
import { dropDay } from './statements/drop-days.js';
import { makeDays } from './statements/make-days.js';

/** Dropping is one day a call; a job forgotten for long catches up in a few rounds. */
const DROPS_A_ROUND = 60;

export interface DaysOptions {
  /** Days after today that must be there; 7 unless told. */
  readonly aheadDays?: number;
  /**
   * How long events are kept after they were written, a PostgreSQL interval of 2 days or more; null: nothing is dropped,
   * another process knows how long. '7 days' unless told.
   */
  readonly keep?: string | null;
}

export interface DaysResult {
  readonly made: readonly string[];
  readonly dropped: readonly string[];
  /** Days whose events lie in the default partition and stay there. */
  readonly inDefault: readonly string[];
  /** Days past their time that stay because an event of theirs has not gone out yet. */
  readonly held: readonly string[];
  /** Something held the tables: again in a minute. */
  readonly busy: boolean;
}

/** Makes the days to come of the log and drops those past their time to which nothing refers. At start and hourly. */
export async function maintainDays(client: SqlClient, options: DaysOptions = {}): Promise<DaysResult> {
  const { aheadDays = 7, keep = '7 days' } = options;
  const made: string[] = [];
  const dropped: string[] = [];
  const inDefault: string[] = [];
  let held: string[] = [];
  let busy = false;
  for (const { result, day } of await makeDays(client, aheadDays)) {
    if (result === 'made' && day !== null) made.push(day);
    else if (result === 'in default' && day !== null) inDefault.push(day);
    else busy = true;
  }
  if (keep === null) return { made, dropped, inDefault, held, busy };
  for (let round = 0; round < DROPS_A_ROUND; round += 1) {
    const rows = await dropDay(client, keep);
    held = rows.flatMap(({ result, day }) => (result === 'pointers' && day !== null ? [day] : []));
    busy ||= rows.some(({ result }) => result === 'busy');
    const gone = rows.filter(({ result }) => result === 'dropped' || result === 'deleted from default');
    if (busy || gone.length === 0) break;
    dropped.push(...gone.flatMap(({ day }) => (day === null ? [] : [day])));
  }
  return { made, dropped, inDefault, held, busy };
}

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** When to call maintainDays again, in milliseconds. */
export function nextMaintenanceMs(result: DaysResult): number {
  return result.busy ? MINUTE : HOUR;
}
