/** Times in milliseconds, sizes in bytes. */
export interface RelaySettings {
  /** After this time without renewal a shard may be claimed by another relay. */
  readonly leaseMs: number;
  /**
   * The longest life of the database connections, and up to a fifth less: then the work in hand is finished, the shards
   * are handed over, and new connections are opened.
   */
  readonly connectionMaxAgeMs: number;
  /**
   * Events of one page, over all shards of a lane, at most a quarter of them of one shard; at least 100 of each. A page may be
   * larger where others have a backlog than those of the page before: up to a quarter of this for each shard.
   */
  readonly pageEvents: number;
  readonly pageBytes: number;
  /** Of one topic-partition in one request: less than the broker's limit. */
  readonly partitionBytes: number;
  /** Between two looks for work, when the database notifies of commits. */
  readonly pollMs: number;
  /** The same when it does not: behind a transaction pooler. */
  readonly pollWithoutListenMs: number;
  /** Waits after a failure of broker or database; doubling from first to max. */
  readonly retryFirstMs: number;
  readonly retryMaxMs: number;
  /** After this time a fault that stays unclear counts as the event's. */
  readonly unclearFaultMs: number;
  /** Attempts in all before a key is parked as a dead letter. */
  readonly keyMaxAttempts: number;
  /** Wait before the second attempt of a key; each further one is `keyRetryFactor` times as long, up to max. */
  readonly keyRetryFirstMs: number;
  readonly keyRetryFactor: number;
  readonly keyRetryMaxMs: number;
  /**
   * Pages are read from the floor of their shard, which keeps them cheap while something holds back the database's
   * oldest snapshot. Relays of one outbox may differ in it.
   */
  readonly safeFloor: boolean;
  /** With safeFloor: how often everything is read, to see that nothing lies below a floor. */
  readonly sweepMs: number;
}

export const DEFAULT_RELAY_SETTINGS: RelaySettings = {
  leaseMs: 10_000,
  connectionMaxAgeMs: 1_800_000,
  pageEvents: 8_000,
  pageBytes: 8_000_000,
  partitionBytes: 950_000,
  pollMs: 5_000,
  pollWithoutListenMs: 1_000,
  retryFirstMs: 100,
  retryMaxMs: 5_000,
  unclearFaultMs: 30_000,
  keyMaxAttempts: 5,
  keyRetryFirstMs: 1_000,
  keyRetryFactor: 5,
  keyRetryMaxMs: 300_000,
  safeFloor: false,
  sweepMs: 60_000,
};

/**
 * How long a request to the broker may take. It must end well before the lease does, even when a connection has to be
 * made first: two of them fit into the time after which a send counts as hung.
 */
export function requestTimeoutMs(leaseMs: number): number {
  return Math.max(1, Math.floor(leaseMs / 4));
}

/** The wait before the next attempt of a key that has failed `attempts` times. */
export function keyRetryMs(settings: RelaySettings, attempts: number): number {
  return Math.min(settings.keyRetryMaxMs, settings.keyRetryFirstMs * settings.keyRetryFactor ** (attempts - 1));
}
