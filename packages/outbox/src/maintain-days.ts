import { maintainDayPartitions, type DaysOptions, type DaysResult, type SqlClient } from '@outrider/common';

/**
 * Makes the coming days of the log and drops those past their time to which nothing refers: a day that holds an event
 * that has not been sent stays. At start and hourly. `keep` is 2 days or more, '7 days' unless told; null: nothing is
 * dropped, another process knows how long days are kept.
 */
export function maintainDays(client: SqlClient, options: Partial<DaysOptions> = {}): Promise<DaysResult> {
  return maintainDayPartitions(client, 'outbox', { keep: '7 days', ...options });
}
