/** Times in milliseconds. */
export interface InboxSettings {
  /** Messages in one transaction at most. */
  readonly maxBatch: number;
  /** Transactions of one topic that run at the same time at most; partitions that come meanwhile share the next. */
  readonly transactionsAtOnce: number;
  /** Attempts after transient errors in a row, before the partition is paused. */
  readonly quickTries: number;
  /** First wait after a transient error; doubles with each. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** Attempts of a key whose handling fails, in all; after the last it is PARKED and waits for an operator. */
  readonly keyBudget: number;
  /** Wait before the second attempt of a key; each further one is `keyWaitFactor` times as long. */
  readonly keyFirstWaitMs: number;
  readonly keyWaitFactor: number;
  readonly keyLongestWaitMs: number;
  /** Interval of the lookup of keys whose next attempt is due. */
  readonly dueEveryMs: number;
}

export const DEFAULT_SETTINGS: InboxSettings = {
  maxBatch: 500,
  transactionsAtOnce: 2,
  quickTries: 3,
  firstWaitMs: 100,
  longestWaitMs: 5_000,
  keyBudget: 5,
  keyFirstWaitMs: 1_000,
  keyWaitFactor: 5,
  keyLongestWaitMs: 300_000,
  dueEveryMs: 5_000,
};

/** The wait after so many failed attempts of a key, ms; null when none is left. */
export function keyWait(settings: InboxSettings, attempts: number): number | null {
  if (attempts >= settings.keyBudget) return null;
  return Math.min(settings.keyLongestWaitMs, settings.keyFirstWaitMs * settings.keyWaitFactor ** (attempts - 1));
}
