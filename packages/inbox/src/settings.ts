/** Times in milliseconds. */
export interface InboxSettings {
  /** Messages in one transaction at most. */
  readonly maxBatch: number;
  /** Transactions of one topic that run side by side at most; partitions that come meanwhile go together with the next. */
  readonly transactionsAtOnce: number;
  /** Tries at once after a transient failure, before the partition is paused. */
  readonly quickTries: number;
  /** First wait after a transient failure; doubles with each. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** How often a key whose handling fails is tried in all before it waits for a person. */
  readonly keyBudget: number;
  /** Wait before the second try of a key; each further one is `keyWaitFactor` times as long. */
  readonly keyFirstWaitMs: number;
  readonly keyWaitFactor: number;
  readonly keyLongestWaitMs: number;
  /** How often to look for keys that are due. */
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

/** The wait after so many failed tries of a key; null when its budget is used up. */
export function keyWait(settings: InboxSettings, attempts: number): number | null {
  if (attempts >= settings.keyBudget) return null;
  return Math.min(settings.keyLongestWaitMs, settings.keyFirstWaitMs * settings.keyWaitFactor ** (attempts - 1));
}
