import type { PublisherLane } from '../event-publisher.js';
import type { LaneStore, PendingEvent, Tended } from '../outbox-store.js';
import type { RelayContext } from './context.js';
import { Delivery, type HeldEvent } from './delivery.js';
import type { Lease, Leases } from './leases.js';
import { adoptRewind, dropFloorsAbove, raiseFloors } from './safe-floor.js';
import { SHARDS } from '../shard-of.js';
import { Signal } from './signal.js';

const LEAST_PER_SHARD = 100;
/** UTF-8 of a JavaScript string, at the most, per unit of its length. */
const BYTES_PER_UNIT = 3;
const SHOUT_AGAIN_MS = 60_000;

export interface LaneParts {
  readonly index: number;
  readonly context: RelayContext;
  readonly leases: Leases;
  readonly store: LaneStore;
  readonly publisher: PublisherLane;
  readonly renew: () => Promise<void>;
  /** Gives shards back that this lane has nothing of in hand. */
  readonly giveBack: (leases: readonly Lease[]) => Promise<void>;
  readonly stop: AbortSignal;
}

/**
 * Half of a relay: reads a page of its shards, brings it out, reads the next. While one lane sends the other reads and
 * acknowledges.
 */
export class Lane {
  readonly #wake = new Signal();
  readonly #due = new Map<string, Tended['due'][number]>();
  readonly #unclearSince = new Map<string, number>();
  #shardsWithRows: number = SHARDS;
  /** Where something may wait; undefined: anywhere. */
  #look: Set<number> | undefined;
  #shoutedMs = -Infinity;
  #sweepDueMs = 0;

  constructor(private readonly parts: LaneParts) {}

  /** There may be something to do, in these shards, or anywhere if none are named. */
  wake(shards?: readonly number[]): void {
    if (shards === undefined) this.#look = undefined;
    else for (const shard of shards) this.#look?.add(shard);
    this.#wake.set();
  }

  /** Keys of this lane's shards whose next attempt has come. */
  due(keys: Tended['due']): void {
    for (const key of keys) this.#due.set(`${key.shard} ${key.key}`, key);
    if (keys.length > 0) this.wake();
  }

  /**
   * Ends when the relay stops, with nothing in hand.
   * @throws SendHungError; whatever the store throws
   */
  async run(): Promise<void> {
    const { stop } = this.parts;
    while (!stop.aborted) {
      this.#wake.clear();
      await this.#giveBackLeaving();
      await this.#unparkDue();
      const look = this.#look;
      this.#look = new Set();
      if (await this.#page(look)) this.#look = undefined;
      else if (!stop.aborted) await this.#wake.wait();
    }
  }

  /** @returns whether to look again without being told */
  async #page(look: ReadonlySet<number> | undefined): Promise<boolean> {
    const { context, index, leases, store } = this.parts;
    const { clock, settings } = context;
    const nowMs = clock.monotonicMs();
    const held = leases
      .ofLane(index)
      .filter((lease) => (look?.has(lease.shard) ?? true) && !lease.leaving && leases.maySend(lease, nowMs));
    if (held.length === 0) return false;
    const perShard = Math.max(LEAST_PER_SHARD, Math.floor(settings.pageEvents / (look?.size ?? this.#shardsWithRows)));
    const page = settings.safeFloor
      ? await this.#readFromFloors(held, perShard, look === undefined)
      : await store.readPage(held, perShard, settings.pageBytes);
    if (page.length === 0) return false;
    if (look === undefined) this.#shardsWithRows = new Set(page.map(({ shard }) => shard)).size;
    const end = await this.#handle(page, new Map(held.map((lease) => [lease.shard, lease])));
    // What was named is out, all of it: whatever came since is named as well. At a low rate this saves the relay a look
    // that finds nothing, which costs as much as the one that found the event.
    if (look !== undefined && end === 'all sent' && isWhole(page, settings.pageBytes)) return false;
    return end !== 'nothing';
  }

  async #readFromFloors(
    held: readonly Lease[],
    perShard: number,
    everywhere: boolean,
  ): Promise<readonly PendingEvent[]> {
    const { context, store } = this.parts;
    const { clock, log, observer, settings } = context;
    const sweeps = everywhere && clock.monotonicMs() >= this.#sweepDueMs;
    if (sweeps) this.#sweepDueMs = clock.monotonicMs() + settings.sweepMs;
    const asked = held.map((lease) => ({ lease, rewind: lease.rewind }));
    const from = sweeps ? held.map((lease) => ({ ...lease, floor: '0' })) : held;
    const { events, xmin } = await store.readPageAndAge(from, perShard, settings.pageBytes);
    const leases = new Map(held.map((lease) => [lease.shard, lease]));
    const below = dropFloorsAbove(
      events.flatMap((event) => {
        const lease = leases.get(event.shard);
        return lease === undefined ? [] : [{ ...event, lease }];
      }),
    );
    if (below > 0) {
      observer.belowFloor?.(below);
      log.error({ events: below }, 'events below the floor of their shard, which must not be: they are sent now');
    }
    raiseFloors(asked, events, xmin, surelyUncut(events, settings.pageBytes));
    return events;
  }

  async #handle(
    page: readonly PendingEvent[],
    held: ReadonlyMap<number, Lease>,
  ): Promise<'nothing' | 'some' | 'all sent'> {
    const sendable: HeldEvent[] = [];
    const parked: HeldEvent[] = [];
    let orphans = 0;
    for (const event of page) {
      const lease = held.get(event.shard);
      if (lease === undefined) continue;
      adoptRewind(lease, event.rewind);
      if (event.key === null) orphans += 1;
      else (event.parked ? parked : sendable).push({ ...event, key: event.key, lease });
    }
    if (orphans > 0) this.#shout(orphans);
    if (parked.length > 0) await this.#follow(parked);
    if (parked.length + sendable.length === 0) return 'nothing';
    const delivery = new Delivery({ ...this.parts, unclearSince: this.#unclearSince }, sendable);
    const sent = sendable.length === 0 ? 0 : await delivery.run();
    return sent === page.length ? 'all sent' : 'some';
  }

  async #follow(events: readonly HeldEvent[]): Promise<void> {
    const { context, store, renew } = this.parts;
    const leases = [...new Set(events.map(({ lease }) => lease))];
    const { held } = await store.follow(context.owner, leases, events);
    // What is lost is dropped; what is not comes again with the next page.
    if (held < leases.length) await renew();
  }

  async #unparkDue(): Promise<void> {
    const { leases, store, stop, index } = this.parts;
    const held = new Set(leases.ofLane(index).map(({ shard }) => shard));
    for (const [name, { shard, key }] of this.#due) {
      if (stop.aborted) return;
      this.#due.delete(name);
      if (!held.has(shard)) continue;
      await store.unpark(shard, key);
      this.#look?.add(shard);
    }
  }

  async #giveBackLeaving(): Promise<void> {
    const { giveBack, index, leases } = this.parts;
    const leaving = leases.ofLane(index).filter((lease) => lease.leaving);
    if (leaving.length > 0) await giveBack(leaving);
  }

  #shout(pointers: number): void {
    const { clock, log, observer } = this.parts.context;
    observer.orphaned(pointers);
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#shoutedMs < SHOUT_AGAIN_MS) return;
    this.#shoutedMs = nowMs;
    log.error({ pointers }, 'pointers to events that the log does not have: they can never be sent');
  }
}

/** No limit cut it short: neither that of a shard nor, surely, that of its bytes. */
function isWhole(page: readonly PendingEvent[], maxBytes: number): boolean {
  return page.length < LEAST_PER_SHARD && surelyUncut(page, maxBytes);
}

/** No event was left out for its size. An orphan has no payload, whatever the type says. */
function surelyUncut(page: readonly PendingEvent[], maxBytes: number): boolean {
  const units = page.reduce((sum, { key, payload }) => sum + (key === null ? 0 : payload.length), 0);
  return units * BYTES_PER_UNIT < maxBytes;
}
