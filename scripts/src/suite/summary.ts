import { plural } from '../cli/screen.js';
import type { Results, Skip } from './results.js';

/** One line on what was skipped and why; undefined when nothing was. */
export function skipLine(skips: readonly Skip[]): string | undefined {
  if (skips.length === 0) return undefined;
  const groups = [...Map.groupBy(skips, ({ needs }) => needs)];
  const reasons = groups.map(([needs, group]) =>
    needs === undefined
      ? `${plural(group.length, 'test')} without a reason (${group.map(({ test }) => test).join('; ')})`
      : `${plural(group.length, 'test')} without ${needs}`,
  );
  return `Skipped: ${reasons.join(', ')}.`;
}

/** Skipped tests all of whose needs were there after all: what they test was not tested for no good reason. */
export function unexcused(skips: readonly Skip[], provided: readonly string[]): readonly Skip[] {
  return skips.filter(({ needs }) => needs?.split(/, | and /u).every((need) => provided.includes(need)) ?? true);
}

/** The results with some of the skips counted as what they are then: failures. */
export function asFailures(results: Results, skips: readonly Skip[]): Results {
  const rest = results.skips.filter((skip) => !skips.includes(skip));
  return { ...results, failed: results.failed + skips.length, skips: rest };
}

/** `12 passed, 0 failed, 1 skipped` */
export function closingLine({ passed, failed, skips }: Results): string {
  return `${passed} passed, ${failed} failed, ${skips.length} skipped`;
}

/** 0 only when something ran and nothing failed. */
export function exitCodeOf({ passed, failed }: Results): number {
  return failed === 0 && passed > 0 ? 0 : 1;
}
