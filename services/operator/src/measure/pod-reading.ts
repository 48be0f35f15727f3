import type { Series } from './exposition.js';

/** What one look at a pod saw. */
export interface PodReading {
  readonly uid: string;
  readonly revision: string | undefined;
  /** of its service container, after the first start */
  readonly restarts: number;
  /** when its service container was ended last for want of memory, as the kubelet says it */
  readonly outOfMemoryAt: string | undefined;
  /** whether its service container runs: one that does not shows nothing and need not */
  readonly running: boolean;
  /** undefined: it did not show its metrics */
  readonly series: readonly Series[] | undefined;
}

/** What keeps counters in its memory: a process, from its start to its end. */
export const sourceOf = ({ uid, restarts }: PodReading): string => `${uid}/${restarts}`;

/**
 * Holds what a pod shows against what can be: a version that counts wrong must not keep the operator from taking it away.
 * @throws RangeError for a counter that is no count
 */
export function checkCounters(series: readonly Series[]): void {
  const wrong = series.find(({ name, value }) => /_(?:total|count)$/u.test(name) && !(value >= 0 && value < Infinity));
  if (wrong !== undefined) throw new RangeError(`${wrong.name} is ${wrong.value}, no count`);
}

/** Whether all that run were read. */
export const allRead = (pods: readonly PodReading[]): boolean =>
  pods.every(({ running, series }) => !running || series !== undefined);

/**
 * The largest value of each label's value: what several processes read from one database.
 * @returns empty where no pod shows it
 */
export function largest(pods: readonly PodReading[], name: string, label: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { series = [] } of pods) {
    for (const { name: own, labels, value } of series) {
      const key = labels[label];
      if (own !== name || key === undefined || !Number.isFinite(value)) continue;
      found.set(key, Math.max(value, found.get(key) ?? 0));
    }
  }
  return found;
}
