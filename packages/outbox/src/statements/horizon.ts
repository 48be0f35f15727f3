/**
 * The oldest time that may be sent again, as SQL: the beginning of the day in UTC that lies so long ago. Outbox and inbox
 * drop whole days in UTC by the same time, so it moves when they do.
 *
 * @param interval SQL; null gives null
 */
export function horizonOf(interval: string): string {
  return `date_trunc('day',now()-${interval},'UTC')`;
}
