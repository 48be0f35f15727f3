import type { LaneStore, PendingEvent } from '../outbox-store.js';
import { SHARDS } from '../shard-of.js';
import type { RelayContext } from './context.js';
import { HeldEvent } from './held-event.js';
import type { Lease } from './leases.js';
import { adoptRewind, dropFloorsAbove, raiseFloors } from './safe-floor.js';

const LEAST_PER_SHARD = 100;
/**
 * So much of a page may be of one shard. Where all 32 of a lane then have a backlog, the next page is of eight times as many events:
 * that much fits into the worker's heap.
 */
const MOST_OF_A_PAGE = 1 / 4;
/** At most, in UTF-8, per UTF-16 unit of a string. */
const BYTES_PER_UNIT = 3;
const ORPHANS_LOG_INTERVAL_MS = 60_000;

/** What a lane has read, in the order of ids. */
export interface Page {
  /** to be sent */
  readonly sendable: readonly HeldEvent[];
  /** to be parked behind their keys */
  readonly parked: readonly HeldEvent[];
  /** pointers, including those without an event */
  readonly size: number;
  /** how many shards the pointers are of */
  readonly shards: number;
  /** a limit was reached, so more is likely to be pending */
  readonly cut: boolean;
  /** no limit can have been reached, not even that of bytes */
  readonly complete: boolean;
}

export interface PageReaderParts {
  readonly context: RelayContext;
  readonly store: LaneStore;
}

/** Reads the pages of a lane. */
export class PageReader {
  #shardsWithRows: number = SHARDS;
  #orphansLoggedMs = -Infinity;
  #sweepDueMs = 0;

  constructor(private readonly parts: PageReaderParts) {}

  /** What is pending in these shards, which are few of the lane's. */
  readSome(leases: readonly Lease[]): Promise<Page> {
    return this.#read(leases, leases.length, [], false);
  }

  /**
   * What is pending in all shards of the lane.
   *
   * @param inHand events that are being sent: what is read is sent after them. Everything else that is visible is in the
   * page or cut off behind it, also what was committed late with an id below theirs: a page that started after their ids
   * would let newer events of such a key be sent before it
   */
  async readAll(leases: readonly Lease[], inHand: readonly HeldEvent[] = []): Promise<Page> {
    const page = await this.#read(leases, this.#shardsWithRows, inHand, true);
    // those that were not cut off may all have a backlog the next time
    this.#shardsWithRows = page.cut ? page.shards : SHARDS;
    return page;
  }

  async #read(
    leases: readonly Lease[],
    shardsWithRows: number,
    inHand: readonly HeldEvent[],
    everywhere: boolean,
  ): Promise<Page> {
    const { context, store } = this.parts;
    const { pageBytes, pageEvents, safeFloor } = context.settings;
    const perShard = Math.max(
      LEAST_PER_SHARD,
      Math.floor(Math.min(pageEvents / shardsWithRows, pageEvents * MOST_OF_A_PAGE)),
    );
    const ids = inHand.map(({ id }) => id);
    const events = safeFloor
      ? await this.#readFromFloors(leases, perShard, inHand, ids, everywhere)
      : await store.readPage(leases, perShard, pageBytes, ids);
    return this.#pageOf(events, leases, perShard);
  }

  async #readFromFloors(
    held: readonly Lease[],
    perShard: number,
    inHand: readonly HeldEvent[],
    ids: readonly string[],
    everywhere: boolean,
  ): Promise<readonly PendingEvent[]> {
    const { context, store } = this.parts;
    const { clock, log, observer, settings } = context;
    const sweeps = everywhere && clock.monotonicMs() >= this.#sweepDueMs;
    if (sweeps) this.#sweepDueMs = clock.monotonicMs() + settings.sweepMs;
    const asked = held.map((lease) => ({ lease, rewind: lease.rewind }));
    const from = sweeps ? held.map((lease) => ({ ...lease, floor: '0' })) : held;
    const { events, xmin } = await store.readPageAndXmin(from, perShard, settings.pageBytes, ids);
    const leases = leasesByShard(held);
    const below = dropFloorsAbove(
      events.flatMap((event) => {
        const lease = leases.get(event.shard);
        return lease === undefined ? [] : [{ ...event, lease }];
      }),
    );
    if (below > 0) {
      observer.belowFloor(below);
      log.error(
        { events: below },
        'events found below the floor of their shard, which must not happen: they are sent now',
      );
    }
    // What is in hand is still pending, though the page does not show it: no floor may pass it.
    raiseFloors(asked, [inHand, events], xmin, certainlyUncut(events, settings.pageBytes));
    return events;
  }

  #pageOf(events: readonly PendingEvent[], held: readonly Lease[], perShard: number): Page {
    const leases = leasesByShard(held);
    const sendable: HeldEvent[] = [];
    const parked: HeldEvent[] = [];
    const ofShard = new Map<number, number>();
    let orphans = 0;
    let full = false;
    for (const event of events) {
      const lease = leases.get(event.shard);
      if (lease === undefined) continue;
      adoptRewind(lease, event.rewind);
      const nth = (ofShard.get(event.shard) ?? 0) + 1;
      ofShard.set(event.shard, nth);
      full ||= nth >= perShard;
      if (event.key === null) orphans += 1;
      else (event.parked ? parked : sendable).push(new HeldEvent(event, event.key, lease));
    }
    if (orphans > 0) this.#reportOrphans(orphans);
    const uncut = certainlyUncut(events, this.parts.context.settings.pageBytes);
    return {
      sendable,
      parked,
      size: events.length,
      shards: ofShard.size,
      cut: full || !uncut,
      complete: events.length < LEAST_PER_SHARD && uncut,
    };
  }

  #reportOrphans(pointers: number): void {
    const { clock, log, observer } = this.parts.context;
    observer.orphaned(pointers);
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#orphansLoggedMs < ORPHANS_LOG_INTERVAL_MS) return;
    this.#orphansLoggedMs = nowMs;
    log.error({ pointers }, 'pointers without an event in the log: they can never be sent');
  }
}

function leasesByShard(leases: readonly Lease[]): ReadonlyMap<number, Lease> {
  return new Map(leases.map((lease) => [lease.shard, lease]));
}

/** No event was left out for its size. A pointer without an event has no payload, whatever the type says. */
function certainlyUncut(events: readonly PendingEvent[], maxBytes: number): boolean {
  const units = events.reduce((sum, { key, payload }) => sum + (key === null ? 0 : payload.length), 0);
  return units * BYTES_PER_UNIT < maxBytes;
}
