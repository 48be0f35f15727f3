import type { PublisherLane } from '../event-publisher.js';
import type { HeartbeatResult, LaneStore } from '../outbox-store.js';
import type { RelayContext } from './context.js';
import { Delivery } from './delivery.js';
import type { HeldEvent } from './held-event.js';
import type { Lease, Leases } from './leases.js';
import { PageReader, type Page } from './page-reader.js';
import { BrokerAwayError } from './relay-error.js';
import { Signal } from './signal.js';
import { UnclearFaults } from './unclear-faults.js';

/** Pages in a row that the broker did not take for a lease each, after which the lane gives up. */
const STUCK_PAGES = 2;

export interface LaneParts {
  readonly index: number;
  readonly context: RelayContext;
  readonly leases: Leases;
  readonly store: LaneStore;
  readonly publisher: PublisherLane;
  readonly renew: () => Promise<void>;
  /** Releases shards of which this lane has nothing in hand. */
  readonly releaseLeases: (leases: readonly Lease[]) => Promise<void>;
  /** No other relay is live that could claim its shards. */
  readonly alone: () => boolean;
  readonly stop: AbortSignal;
}

/**
 * Half of a relay: reads a page of its shards, sends it, reads the next. While one lane sends the other reads and
 * acknowledges; where a page did not hold all that is pending, the next one is read while it is being sent.
 *
 * What was read ahead shows the outbox as it was before the page in hand ended. It is used only if that page was sent
 * completely and at the first try. Otherwise a key may have been parked since, whose later events it would send first; or
 * an event was left behind (its lease's deadline had passed) that a later one of its key must not overtake.
 */
export class Lane {
  readonly #wake = new Signal();
  readonly #due = new Map<string, HeartbeatResult['due'][number]>();
  readonly #unclear = new UnclearFaults();
  readonly #pages: PageReader;
  /** Shards in which something may be pending; undefined: in any. */
  #look: Set<number> | undefined;
  /** Of all shards, read while the last page was being sent. */
  #ahead: Promise<Page> | undefined;
  #stuckPages = 0;

  constructor(private readonly parts: LaneParts) {
    this.#pages = new PageReader(parts);
  }

  /** Something may be pending in these shards, or in any if none are named. */
  wake(shards?: readonly number[]): void {
    if (shards === undefined) this.#look = undefined;
    else for (const shard of shards) this.#look?.add(shard);
    this.#wake.set();
  }

  /** Keys of this lane's shards whose next attempt is due. */
  due(keys: HeartbeatResult['due']): void {
    for (const key of keys) this.#due.set(`${key.shard} ${key.key}`, key);
    if (keys.length > 0) this.wake();
  }

  /**
   * Ends when the relay stops, with nothing in hand.
   * @throws SendHungError, BrokerAwayError; whatever the store throws
   */
  async run(): Promise<void> {
    const { stop } = this.parts;
    while (!stop.aborted) {
      this.#wake.clear();
      await this.#releaseLeaving();
      await this.#retryDue();
      const look = this.#look;
      this.#look = new Set();
      if (await this.#page(look)) this.#look = undefined;
      else if (!stop.aborted) await this.#wake.wait();
    }
  }

  /** @returns whether to look again without a notification */
  async #page(look: ReadonlySet<number> | undefined): Promise<boolean> {
    const page = (await this.#takeAhead()) ?? (await this.#read(look));
    if (page === undefined || page.size === 0) return false;
    const allSent = await this.#handle(page);
    // All of what was notified is sent, and what came since is notified as well. At a low rate this saves the relay a
    // look that finds nothing, which costs as much as the one that found the event.
    if (look !== undefined && allSent && page.complete) return false;
    return page.sendable.length + page.parked.length > 0;
  }

  /** An empty page proves nothing: what was committed since may have been notified before this one was taken. */
  async #takeAhead(): Promise<Page | undefined> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const page = await ahead;
    return page === undefined || page.size === 0 ? undefined : page;
  }

  async #read(look: ReadonlySet<number> | undefined): Promise<Page | undefined> {
    const held = this.#held().filter(({ shard }) => look?.has(shard) ?? true);
    if (held.length === 0) return undefined;
    return look === undefined ? this.#pages.readAll(held) : this.#pages.readSome(held);
  }

  #held(): Lease[] {
    const { context, index, leases } = this.parts;
    const nowMs = context.clock.monotonicMs();
    return leases.ofLane(index).filter((lease) => !lease.leaving && leases.maySend(lease, nowMs));
  }

  /** @returns whether everything on the page was sent at the first try */
  async #handle(page: Page): Promise<boolean> {
    const { sendable, parked } = page;
    if (parked.length > 0) await this.#parkFollowers(parked);
    if (sendable.length === 0) return false;
    const ahead = this.#readAhead(page);
    const end = await new Delivery({ ...this.parts, unclear: this.#unclear }, sendable).run();
    if (end === 'complete') this.#ahead = ahead;
    this.#stuckPages = end === 'stuck' ? this.#stuckPages + 1 : 0;
    if (this.#stuckPages >= STUCK_PAGES && !this.parts.alone()) {
      throw new BrokerAwayError(
        `the broker has not accepted ${STUCK_PAGES} pages in a row, each for the length of a lease`,
      );
    }
    return end === 'complete' && sendable.length === page.size;
  }

  #readAhead(page: Page): Promise<Page> | undefined {
    const held = this.#held();
    if (!page.cut || held.length === 0) return undefined;
    const ahead = this.#pages.readAll(held, page.sendable);
    // The failure of a page that is not used is ignored: the connection's next statement fails too.
    ahead.catch(() => undefined);
    return ahead;
  }

  async #parkFollowers(events: readonly HeldEvent[]): Promise<void> {
    const { context, store, renew } = this.parts;
    const leases = [...new Set(events.map(({ lease }) => lease))];
    const { held } = await store.parkFollowers(context.owner, leases, events);
    // Lost leases are dropped; the events of the others come again with the next page.
    if (held < leases.length) await renew();
  }

  async #retryDue(): Promise<void> {
    const { leases, store, stop, index } = this.parts;
    const held = new Set(leases.ofLane(index).map(({ shard }) => shard));
    for (const [name, { shard, key }] of this.#due) {
      if (stop.aborted) return;
      this.#due.delete(name);
      if (!held.has(shard)) continue;
      await store.retryDueKey(shard, key);
      this.#look?.add(shard);
    }
  }

  async #releaseLeaving(): Promise<void> {
    const { releaseLeases, index, leases } = this.parts;
    const leaving = leases.ofLane(index).filter((lease) => lease.leaving);
    if (leaving.length > 0) await releaseLeases(leaving);
  }
}
