/**
 * The oldest time that may be replayed, as SQL: the beginning of the UTC day that long ago. Outbox and inbox drop whole
 * UTC days by the same rule, so it moves when they do.
 *
 * @param interval SQL; null gives null
 */
export function horizonOf(interval: string): string {
  return `date_trunc('day',now()-${interval},'UTC')`;
}
