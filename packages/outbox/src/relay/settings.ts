/** Times in milliseconds, sizes in bytes. */
export interface RelaySettings {
  /** After how long without renewal a shard may be taken by another relay. */
  readonly leaseMs: number;
  /**
   * How long the connections to the database are kept at the longest, up to a fifth less: then the work in hand is ended,
   * the shards are handed over, and others are made.
   */
  readonly connectionMaxAgeMs: number;
  /** Events of one page, over all shards of a lane. */
  readonly pageEvents: number;
  readonly pageBytes: number;
  /** Events that go to one place in one request: below what the broker takes. */
  readonly placeBytes: number;
  /** How often to look for work when commits are told. */
  readonly pollMs: number;
  /** How often to look when they are not. */
  readonly pollUntoldMs: number;
  /** Waits after broker trouble; doubling. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** How long a failure of unclear fault counts as the broker's. */
  readonly patienceMs: number;
  /** How often a key that fails is tried in all before it waits for a person. */
  readonly keyBudget: number;
  /** Wait before the second try of a key; each further one is `keyWaitFactor` times as long. */
  readonly keyFirstWaitMs: number;
  readonly keyWaitFactor: number;
  readonly keyLongestWaitMs: number;
  /**
   * Pages are read from where nothing can be below any more, which keeps them cheap while something pins the database's
   * oldest snapshot. Relays of one outbox may differ in it.
   */
  readonly safeFloor: boolean;
  /** How often, with safeFloor, all is read to see that nothing lies below. */
  readonly sweepMs: number;
}

export const DEFAULT_RELAY_SETTINGS: RelaySettings = {
  leaseMs: 10_000,
  connectionMaxAgeMs: 1_800_000,
  pageEvents: 2_000,
  pageBytes: 8_000_000,
  placeBytes: 950_000,
  pollMs: 5_000,
  pollUntoldMs: 1_000,
  firstWaitMs: 100,
  longestWaitMs: 5_000,
  patienceMs: 30_000,
  keyBudget: 5,
  keyFirstWaitMs: 1_000,
  keyWaitFactor: 5,
  keyLongestWaitMs: 300_000,
  safeFloor: false,
  sweepMs: 60_000,
};

/**
 * How long a request to the broker may take. It must have ended long before the lease has, and so must one that needs a
 * connection first: two of them fit into the time after which a send counts as hung.
 */
export function requestTimeoutMs(leaseMs: number): number {
  return Math.max(1, Math.floor(leaseMs / 4));
}

/** The wait after so many failed tries of a key. */
export function keyWaitMs(settings: RelaySettings, attempts: number): number {
  return Math.min(settings.keyLongestWaitMs, settings.keyFirstWaitMs * settings.keyWaitFactor ** (attempts - 1));
}
