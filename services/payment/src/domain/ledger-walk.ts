/**
 * A walk back in time through the provider's ledger and our payments, the newest first, as the provider lists them. All
 * times are of when orders were placed, in ms since 1970: an order's charge is made after it.
 */
export interface Walk {
  /** what it covers: from here on */
  readonly from: number;
  /** and before here */
  readonly to: number;
  /** all from here on has been looked at */
  readonly reached: number;
  /** the oldest order met of which something was on its way, so that nothing could be said of it */
  readonly openFrom: number | null;
}

export interface WalkSettings {
  /** orders younger than this are left for later, in ms */
  readonly graceMs: number;
  /** how far back the recent walk begins when there was none before, and how far back it looks for what was open, in ms */
  readonly recentMs: number;
  /** how far back the sweep goes, in ms */
  readonly sweepMs: number;
}

export function hasEnded({ from, reached }: Walk): boolean {
  return reached <= from;
}

/**
 * The walk through what is new: the one before is ended first, wherever it stood. The next begins where that one ended,
 * less a grace for clocks that differ, or where it met what was open; so nothing is left out however long nobody looked.
 */
export function recentWalk(before: Walk | null, now: number, { graceMs, recentMs }: WalkSettings): Walk {
  if (before === null) return begin(now - graceMs - recentMs, now - graceMs);
  if (!hasEnded(before)) return before;
  const overlap = before.to - graceMs;
  const open = Math.max(before.openFrom ?? overlap, now - recentMs);
  return begin(Math.min(overlap, open), Math.max(now - graceMs, before.to));
}

/** The walk through all there is, a piece at a time, and again from the top: refunds and corrections come late. */
export function sweepWalk(before: Walk | null, now: number, { graceMs, sweepMs }: WalkSettings): Walk {
  if (before !== null && !hasEnded(before)) return before;
  return begin(now - graceMs - sweepMs, now - graceMs);
}

function begin(from: number, to: number): Walk {
  return { from, to, reached: to, openFrom: null };
}
