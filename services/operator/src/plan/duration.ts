const UNITS = { h: 3_600_000, m: 60_000, s: 1000 } as const;

/**
 * @param text as the schema allows it: `90s`, `10m`, `1h30m`
 * @returns ms
 */
export function milliseconds(text: string): number {
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([hms])/g))
    sum += Number(count) * UNITS[unit as keyof typeof UNITS];
  return sum;
}

/** The time as a status has it. */
export const iso = (ms: number): string => new Date(ms).toISOString();

/** ms from a time of the status until now. */
export const since = (time: string, now: number): number => now - Date.parse(time);
