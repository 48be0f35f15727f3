import { maintainDayPartitions, type DaysOptions, type DaysResult, type SqlClient } from '@outrider/common';

/**
 * Creates the coming days of the log and drops expired ones to which nothing refers: a day with an event that has not
 * been published is kept. To be called at start and hourly. `keep`: 2 days or more, default '7 days'; null: nothing is
 * dropped, because another process knows how long days are kept.
 */
export function maintainDays(client: SqlClient, options: Partial<DaysOptions> = {}): Promise<DaysResult> {
  return maintainDayPartitions(client, 'outbox', { keep: '7 days', ...options });
}
