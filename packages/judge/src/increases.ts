/** The counters of one source at one moment, by series. */
export type Reading = Readonly<Record<string, number>>;

/**
 * How far counters have risen since a moment, over the restarts and the ends of their sources. Plain data: it can be
 * stored and read again.
 */
export interface Increases {
  /** the newest value of each series, by source */
  readonly last: Readonly<Record<string, Reading>>;
  /** by series, over all sources, also those that are no longer there */
  readonly total: Reading;
}

export const NO_INCREASES: Increases = { last: {}, total: {} };

/**
 * Adds what a source shows now.
 * @param source what keeps the counters in its memory: best the uid of a pod with the number of its restarts, so that no
 *   restart is missed; with the uid alone one is seen by counters that went back
 * @param began whether the source began after counting did: then its first reading counts whole, else it is where
 *   counting begins
 * @throws RangeError for a value that is no count
 */
export function addReading(increases: Increases, source: string, reading: Reading, began: boolean): Increases {
  const before = increases.last[source];
  const total: Record<string, number> = { ...increases.total };
  for (const [series, value] of Object.entries(reading)) {
    if (!Number.isFinite(value) || value < 0) throw new RangeError(`${series} of ${source} is ${value}, no count`);
    // a series that was not there before began at 0
    const previous = before === undefined ? (began ? 0 : value) : (before[series] ?? 0);
    // a counter that went back began again at 0, in a process that started again
    const increase = value >= previous ? value - previous : value;
    if (increase > 0) total[series] = (total[series] ?? 0) + increase;
  }
  return { last: { ...increases.last, [source]: { ...before, ...reading } }, total };
}
