/**
 * A walk back in time through the provider's ledger and our payments, the newest first, as the provider lists them. All
 * times are of when orders were placed, in ms since 1970: an order's charge is made after it.
 */
export interface Walk {
  /** it covers orders from here on */
  readonly from: number;
  /** and before here */
  readonly to: number;
  /** all from here on has been compared */
  readonly reached: number;
  /** the oldest order met that had a running command, so that it could not be compared */
  readonly openFrom: number | null;
}

export interface WalkSettings {
  /** orders younger than this are left for later, in ms */
  readonly graceMs: number;
  /** how far back the first recent walk starts, and how far back orders are compared again that were busy, in ms */
  readonly recentMs: number;
  /** how far back the sweep goes, in ms */
  readonly sweepMs: number;
}

export function hasEnded({ from, reached }: Walk): boolean {
  return reached <= from;
}

/**
 * The walk through recent orders. An unfinished one is finished first. The next starts where that one ended, less a grace
 * for clocks that differ, or at the oldest order that was busy; so nothing is left out after an outage.
 */
export function recentWalk(before: Walk | null, now: number, { graceMs, recentMs }: WalkSettings): Walk {
  if (before === null) return startWalk(now - graceMs - recentMs, now - graceMs);
  if (!hasEnded(before)) return before;
  const overlap = before.to - graceMs;
  const open = Math.max(before.openFrom ?? overlap, now - recentMs);
  return startWalk(Math.min(overlap, open), Math.max(now - graceMs, before.to));
}

/** The walk through all orders, a part in each check, over and over: refunds and corrections come late. */
export function sweepWalk(before: Walk | null, now: number, { graceMs, sweepMs }: WalkSettings): Walk {
  if (before !== null && !hasEnded(before)) return before;
  return startWalk(now - graceMs - sweepMs, now - graceMs);
}

function startWalk(from: number, to: number): Walk {
  return { from, to, reached: to, openFrom: null };
}
