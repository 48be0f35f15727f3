import type { SqlClient } from '../subscription.js';
import { dropDay } from '../statements/drop-days.js';
import { makeDays } from '../statements/make-days.js';

/** Dropping is one day a call; a job forgotten for long catches up in a few rounds. */
const DROPS_A_ROUND = 60;

export interface DaysOptions {
  /** Days after today that must be there; 7 unless told. */
  readonly aheadDays?: number;
  /**
   * How long ids are kept, a PostgreSQL interval: longer than the topics keep their events and the longest replay.
   * '15 days' unless told.
   */
  readonly keep?: string;
}

export interface DaysResult {
  readonly made: readonly string[];
  readonly dropped: readonly string[];
  /** Days whose ids lie in the default partition and stay there. */
  readonly inDefault: readonly string[];
  /** Something held the tables: again in a minute. */
  readonly busy: boolean;
}

/** Makes the days to come of the inbox's ids and drops those past their time. At start and hourly. */
export async function maintainDays(client: SqlClient, options: DaysOptions = {}): Promise<DaysResult> {
  const { aheadDays = 7, keep = '15 days' } = options;
  const made: string[] = [];
  const dropped: string[] = [];
  const inDefault: string[] = [];
  let busy = false;
  for (const { result, day } of await makeDays(client, aheadDays)) {
    if (result === 'made' && day !== null) made.push(day);
    else if (result === 'in default' && day !== null) inDefault.push(day);
    else busy = true;
  }
  for (let round = 0; round < DROPS_A_ROUND; round += 1) {
    const [row] = await dropDay(client, keep);
    if (row === undefined) break;
    if (row.result !== 'dropped' || row.day === null) {
      busy = true;
      break;
    }
    dropped.push(row.day);
  }
  return { made, dropped, inDefault, busy };
}

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** When to call maintainDays again, in milliseconds. */
export function nextMaintenanceMs(result: DaysResult): number {
  return result.busy ? MINUTE : HOUR;
}
