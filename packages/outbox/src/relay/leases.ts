import type { ClaimedLease, HeartbeatResult, StoredLease } from '../outbox-store.js';
import { SHARDS } from '../shard-of.js';
import { adoptRewind, type FloorCandidate } from './safe-floor.js';

/** A shard that this relay holds. Its identity is the epoch: what was read under it is sent under it or not at all. */
export interface Lease extends StoredLease {
  rewind: string;
  floor: string;
  candidate: FloorCandidate | undefined;
  /** On the monotonic clock, well before the lease expires in the database: later nothing is sent. */
  sendUntilMs: number;
  /** To be released as soon as nothing of it is in hand. */
  leaving: boolean;
}

/** The leases that a relay believes it holds; every heartbeat and every acknowledgement asks the database. */
export class Leases {
  readonly #held = new Map<number, Lease>();

  /** @param safeFloor stored floors are used, and not taken for 0 */
  constructor(
    private readonly lanes: number,
    private readonly safeFloor = false,
  ) {}

  get size(): number {
    return this.#held.size;
  }

  all(): Lease[] {
    return [...this.#held.values()];
  }

  /** A shard stays with its lane, so two lanes never hold events of it. */
  laneOf(shard: number): number {
    return shard % this.lanes;
  }

  ofLane(lane: number): Lease[] {
    return this.all().filter(({ shard }) => this.laneOf(shard) === lane);
  }

  holds(shard: number): boolean {
    return this.#held.has(shard);
  }

  isHeld(lease: Lease): boolean {
    return this.#held.get(lease.shard) === lease;
  }

  maySend(lease: Lease, nowMs: number): boolean {
    return this.isHeld(lease) && nowMs < lease.sendUntilMs;
  }

  add(claimed: readonly ClaimedLease[], sendUntilMs: number): void {
    for (const { shard, epoch, rewind, floor: stored } of claimed) {
      const floor = this.safeFloor ? stored : '0';
      this.#held.set(shard, { shard, epoch, rewind, floor, candidate: undefined, sendUntilMs, leaving: false });
    }
  }

  /** Applies the database's answer about the leases that it was asked about. */
  renew(asked: readonly Lease[], renewed: HeartbeatResult['renewed'], sendUntilMs: number): void {
    const rewinds = new Map(renewed.map(({ shard, rewind }) => [shard, rewind]));
    for (const lease of asked) {
      const rewind = rewinds.get(lease.shard);
      if (rewind === undefined) this.drop([lease]);
      else {
        adoptRewind(lease, rewind);
        lease.sendUntilMs = sendUntilMs;
      }
    }
  }

  drop(leases: readonly Lease[]): void {
    for (const lease of leases) if (this.isHeld(lease)) this.#held.delete(lease.shard);
  }

  /** With so many live relays, this one keeps its fair share; the rest is marked as leaving. */
  keepShare(relays: number): void {
    const share = fairShare(relays);
    for (const [index, lease] of this.all()
      .sort((a, b) => a.shard - b.shard)
      .entries()) {
      lease.leaving = index >= share;
    }
  }
}

export function fairShare(relays: number): number {
  return Math.ceil(SHARDS / Math.max(1, relays));
}
