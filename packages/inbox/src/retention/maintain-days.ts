import { maintainDayPartitions, type DaysOptions, type DaysResult, type SqlClient } from '@outrider/common';

/**
 * Makes the coming days of the inbox's ids and drops those past their time. At start and hourly. `keep` is longer than
 * the topics keep their events and than the longest replay; '15 days' by default.
 */
export function maintainDays(client: SqlClient, options: Partial<DaysOptions> = {}): Promise<DaysResult> {
  return maintainDayPartitions(client, 'inbox', { keep: '15 days', ...options });
}
