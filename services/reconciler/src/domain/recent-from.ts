/**
 * How long, in ms, an order may take from its id, which is made first, to its commit. Until then no reader sees it; a
 * window that had gone past its id would never return to it. Services end transactions far earlier.
 */
export const COMMITS_WITHIN_MS = 600_000;

/**
 * From which moment on the next round looks at orders, in ms since 1970.
 *
 * @param openFrom when the oldest order was placed that had not ended at this round; undefined: all had
 * @param until when this round began
 * @param recentMs how far back at the most; the sweep reaches what is older
 */
export function recentFrom(openFrom: number | undefined, until: number, recentMs: number): number {
  const late = until - COMMITS_WITHIN_MS;
  return Math.max(Math.min(openFrom ?? late, late), until - recentMs);
}
