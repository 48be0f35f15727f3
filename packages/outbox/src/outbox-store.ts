/** A relay's lease of a shard. Numbers that PostgreSQL keeps as bigint travel as text. */
export interface StoredLease {
  readonly shard: number;
  /** Raised by every claim: a write under an older epoch is refused. */
  readonly epoch: string;
  /** Raised when pointers came back below the shard's floor. */
  readonly rewind: string;
  /** No pointer of the shard lies below it, nor will while `rewind` stays. '0' where floors are not used. */
  readonly floor: string;
}

/** A pointer joined to its event. */
export interface PendingEvent {
  readonly shard: number;
  /** events of a key are sent in the order of their ids */
  readonly id: string;
  readonly eventId: string;
  /** the shard's when the page was read */
  readonly rewind: string;
  /** null: the log has no event for this pointer, which must not be */
  readonly key: string | null;
  readonly topic: string;
  readonly payload: string;
  /** as stored: a JSON object of names and texts */
  readonly headers: string;
  /** its key is parked, so it must be parked behind it */
  readonly parked: boolean;
  /** failed attempts of its key; null: none, as is usual */
  readonly attempts: number | null;
}

export interface HeartbeatResult {
  /** live relays, this one included */
  readonly relays: number;
  /** shards that this relay does not hold and could claim */
  readonly claimable: number;
  /** milliseconds until the first lease of another relay expires unless renewed; null: no other relay holds any */
  readonly nextFreeMs: number | null;
  /** of the leases asked about, those still held */
  readonly renewed: readonly { readonly shard: number; readonly rewind: string }[];
  /** keys of held shards whose next attempt is due */
  readonly due: readonly { readonly shard: number; readonly key: string }[];
  /** something is pending in the held shards */
  readonly pending: boolean;
}

export interface ClaimedLease extends StoredLease {
  /** its holder had let it expire */
  readonly takenOver: boolean;
}

/** How a fenced statement ended: with fewer leases held than asked for, nothing was changed. */
export interface FencedResult {
  readonly held: number;
  readonly changed: number;
}

export interface SessionEvents {
  /** something was committed, in these shards if they are named */
  notified(shards?: readonly number[]): void;
  /** shards were released, or a relay stopped */
  shardsFree(): void;
  /** a connection broke: the session is of no more use */
  connectionLost(error: Error): void;
}

/** Where the outbox is kept. */
export interface OutboxStore {
  /** Opens connections for a relay of so many lanes. Rejects when the database cannot be reached or has no outbox yet. */
  connect(lanes: number, events: SessionEvents): Promise<StoreSession>;
}

/** The connections of one relay. After any rejection the relay opens another session. */
export interface StoreSession {
  /** Commits are notified; otherwise the relay polls more often. */
  readonly listens: boolean;
  readonly lanes: readonly LaneStore[];
  /** Heartbeat, renewal of leases, due keys and a look for work, in one statement. At rest it writes one row. */
  heartbeat(owner: string, leases: readonly StoredLease[], ttlMs: number): Promise<HeartbeatResult>;
  /** Claims shards that are free, expired, a dead relay's, or the owner's own but not held, up to the fair share. */
  claim(owner: string, held: readonly number[], ttlMs: number): Promise<readonly ClaimedLease[]>;
  release(owner: string, leases: readonly StoredLease[]): Promise<void>;
  /** Is something pending in these shards? */
  hasPending(shards: readonly number[]): Promise<boolean>;
  /** The owner does not count as a live relay any more; what it holds stays its own until it is released or expires. */
  leave(owner: string): Promise<void>;
  /** Forgets the owner, which holds nothing any more. */
  removeRelay(owner: string): Promise<void>;
  /** Notifies the other relays that shards are free. */
  notifyShardsFree(): Promise<void>;
  close(): Promise<void>;
}

/** What a lane does, on a connection of its own. */
export interface LaneStore {
  /**
   * @param excludedIds ids of pointers to leave out
   * @returns pending events in id order: at most `perShard` of each shard and, beyond the first, `maxBytes` in all
   */
  readPage(
    leases: readonly StoredLease[],
    perShard: number,
    maxBytes: number,
    excludedIds: readonly string[],
  ): Promise<readonly PendingEvent[]>;
  /** readPage, and `xmin`: the oldest transaction that was in progress when it was read. */
  readPageAndXmin(
    leases: readonly StoredLease[],
    perShard: number,
    maxBytes: number,
    excludedIds: readonly string[],
  ): Promise<{ readonly events: readonly PendingEvent[]; readonly xmin: string }>;
  /**
   * Deletes the pointers of events that the broker has, if all leases are held.
   * @returns also `xid`: the transaction that did it
   */
  acknowledge(
    owner: string,
    leases: readonly StoredLease[],
    events: readonly Pick<PendingEvent, 'shard' | 'id'>[],
  ): Promise<FencedResult & { readonly xid: string }>;
  /** Parks a key with these events of it. @returns also `dead`: it has no attempt left */
  parkKey(owner: string, lease: StoredLease, failure: KeyFailure): Promise<FencedResult & { readonly dead: boolean }>;
  /** Parks events whose keys are parked behind what is parked of them. */
  parkFollowers(owner: string, leases: readonly StoredLease[], events: readonly KeyedEvent[]): Promise<FencedResult>;
  /** Returns to pending what is parked of a key, if its next attempt is due. */
  retryDueKey(shard: number, key: string): Promise<void>;
  /** Forgets the failures of a key that was sent. */
  clearFailures(shard: number, key: string): Promise<void>;
}

export interface KeyedEvent {
  readonly shard: number;
  readonly key: string;
  readonly id: string;
}

export interface KeyFailure {
  readonly key: string;
  readonly reason: string;
  /** until the next attempt, if there is one */
  readonly waitMs: number;
  /** attempts in all */
  readonly maxAttempts: number;
  readonly ids: readonly string[];
}
