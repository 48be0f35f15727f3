/** A claim on a shard. Numbers that PostgreSQL keeps as bigint travel as text. */
export interface StoredLease {
  readonly shard: number;
  /** Raised by every claim: what an earlier holder does under its own epoch is refused. */
  readonly epoch: string;
  /** Raised when pointers came back below the shard's floor. */
  readonly rewind: string;
  /** No pointer of the shard lies below it, nor will, as long as `rewind` stays. '0' where floors are not used. */
  readonly floor: string;
}

/** A pointer joined to its event. */
export interface PendingEvent {
  readonly shard: number;
  /** the order */
  readonly id: string;
  readonly eventId: string;
  readonly rewind: string;
  /** null: the log has no event for this pointer, which should not be */
  readonly key: string | null;
  readonly topic: string;
  readonly payload: string;
  /** JSON object, name to text */
  readonly headers: string;
  /** its key is set aside, so it must follow it there */
  readonly parked: boolean;
  /** failed attempts of its key; null: none are known, as is usual */
  readonly attempts: number | null;
}

/** What a pulse of the relay tells and learns. */
export interface Tended {
  /** relays that live, this one included */
  readonly relays: number;
  /** shards that this relay does not hold and could have */
  readonly claimable: number;
  /** until the first lease of another relay runs out if it is not renewed, in milliseconds; null: no other holds any */
  readonly nextFreeMs: number | null;
  /** of the leases asked about, those still held */
  readonly renewed: readonly { readonly shard: number; readonly rewind: string }[];
  /** keys of held shards whose next attempt has come */
  readonly due: readonly { readonly shard: number; readonly key: string }[];
  /** something waits in the held shards */
  readonly pending: boolean;
}

export interface Claimed extends StoredLease {
  /** its holder had let it run out */
  readonly takenOver: boolean;
}

/** How a fenced statement ended: with fewer held than asked for, nothing was changed. */
export interface Fenced {
  readonly held: number;
  readonly changed: number;
}

export interface SessionEvents {
  /** something was committed, in these shards if they are named */
  notified(shards?: readonly number[]): void;
  /** shards have been given back, or a relay is gone */
  freed(): void;
  /** a connection broke: nothing of this session is to be relied on */
  lost(error: Error): void;
}

/** Where the outbox is kept. */
export interface OutboxStore {
  /** Opens connections for a relay with so many lanes. Rejects when the database is not there, or has no outbox yet. */
  connect(lanes: number, events: SessionEvents): Promise<StoreSession>;
}

/** Connections of one relay. Any rejection means: begin a new session. */
export interface StoreSession {
  /** Commits are told; otherwise the relay polls more often. */
  readonly listens: boolean;
  readonly lanes: readonly LaneStore[];
  /** Heartbeat, renewal, due keys and a look for work, in one statement. */
  tend(owner: string, leases: readonly StoredLease[], ttlMs: number): Promise<Tended>;
  /** Takes shards that are free, run out, or the owner's own but not held, up to the fair share. */
  claim(owner: string, held: readonly number[], ttlMs: number): Promise<readonly Claimed[]>;
  release(owner: string, leases: readonly StoredLease[]): Promise<void>;
  /** Does something wait in these shards? */
  probe(shards: readonly number[]): Promise<boolean>;
  /** The owner lives no more. */
  leave(owner: string): Promise<void>;
  /** Tells the other relays that shards are free. */
  announceFree(): Promise<void>;
  close(): Promise<void>;
}

/** What a lane does, on a connection of its own. */
export interface LaneStore {
  /**
   * @param butNot ids of pointers that are left out, none unless told
   * @returns pending events in id order: at most `perShard` of each shard and, beyond the first, `maxBytes` in all
   */
  readPage(
    leases: readonly StoredLease[],
    perShard: number,
    maxBytes: number,
    butNot?: readonly string[],
  ): Promise<readonly PendingEvent[]>;
  /** readPage, and the oldest transaction that was in progress when it was read. */
  readPageAndAge(
    leases: readonly StoredLease[],
    perShard: number,
    maxBytes: number,
    butNot?: readonly string[],
  ): Promise<{ readonly events: readonly PendingEvent[]; readonly xmin: string }>;
  /**
   * Forgets the pointers of events that the broker has, if all leases are held.
   * @returns with the number of the transaction that did it
   */
  acknowledge(
    owner: string,
    leases: readonly StoredLease[],
    events: readonly PendingEvent[],
  ): Promise<Fenced & { readonly xid: string }>;
  /** Sets a key aside with these events of it. */
  park(owner: string, lease: StoredLease, failure: KeyFailure): Promise<Fenced & { readonly dead: boolean }>;
  /** Sets events aside whose keys are. */
  follow(owner: string, leases: readonly StoredLease[], events: readonly KeyedEvent[]): Promise<Fenced>;
  /** Puts back what was set aside of a key whose next attempt is due. */
  unpark(shard: number, key: string): Promise<void>;
  /** A key that had failed has not failed this time. */
  forget(shard: number, key: string): Promise<void>;
}

export interface KeyedEvent {
  readonly shard: number;
  readonly key: string;
  readonly id: string;
}

export interface KeyFailure {
  readonly key: string;
  readonly reason: string;
  /** until the next attempt, within the budget */
  readonly waitMs: number;
  /** attempts in all */
  readonly budget: number;
  readonly ids: readonly string[];
}
