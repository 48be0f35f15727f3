import type { PublisherLane } from '../event-publisher.js';
import type { LaneStore, Tended } from '../outbox-store.js';
import type { RelayContext } from './context.js';
import { Delivery } from './delivery.js';
import type { HeldEvent } from './held-event.js';
import type { Lease, Leases } from './leases.js';
import { PageReader, type Page } from './page-reader.js';
import { BrokerAwayError } from './relay-error.js';
import { Signal } from './signal.js';

/** So many pages in a row that the broker did not take for a lease each. */
const STUCK_PAGES = 2;

export interface LaneParts {
  readonly index: number;
  readonly context: RelayContext;
  readonly leases: Leases;
  readonly store: LaneStore;
  readonly publisher: PublisherLane;
  readonly renew: () => Promise<void>;
  /** Gives shards back that this lane has nothing of in hand. */
  readonly giveBack: (leases: readonly Lease[]) => Promise<void>;
  /** No other relay lives that could take its shards. */
  readonly alone: () => boolean;
  readonly stop: AbortSignal;
}

/**
 * Half of a relay: reads a page of its shards, brings it out, reads the next. While one lane sends the other reads and
 * acknowledges, and where a page was not all that waits the next one is read while it is on its way.
 *
 * What was read ahead shows the outbox as it was before the page in hand ended. It is good only if that page went out
 * whole and without trouble. Otherwise a key may have been set aside since, whose later events it would send first; or an
 * event was left behind (its lease's deadline had passed) that a later one of its key must not overtake.
 */
export class Lane {
  readonly #wake = new Signal();
  readonly #due = new Map<string, Tended['due'][number]>();
  readonly #unclearSince = new Map<string, number>();
  readonly #pages: PageReader;
  /** Where something may wait; undefined: anywhere. */
  #look: Set<number> | undefined;
  /** Of all shards, read while the last page was on its way. */
  #ahead: Promise<Page> | undefined;
  #stuckPages = 0;

  constructor(private readonly parts: LaneParts) {
    this.#pages = new PageReader(parts);
  }

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
   * @throws SendHungError, BrokerAwayError; whatever the store throws
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
    const page = (await this.#takeAhead()) ?? (await this.#read(look));
    if (page === undefined || page.size === 0) return false;
    const allSent = await this.#handle(page);
    // What was named is out, all of it: whatever came since is named as well. At a low rate this saves the relay a look
    // that finds nothing, which costs as much as the one that found the event.
    if (look !== undefined && allSent && page.whole) return false;
    return page.sendable.length + page.parked.length > 0;
  }

  /** An empty page says nothing: what was committed since may have been told before this one was taken. */
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

  /** @returns whether everything on the page went out, at the first try */
  async #handle(page: Page): Promise<boolean> {
    const { sendable, parked } = page;
    if (parked.length > 0) await this.#follow(parked);
    if (sendable.length === 0) return false;
    const ahead = this.#readAhead(page);
    const end = await new Delivery({ ...this.parts, unclearSince: this.#unclearSince }, sendable).run();
    if (end === 'whole') this.#ahead = ahead;
    this.#stuckPages = end === 'stuck' ? this.#stuckPages + 1 : 0;
    if (this.#stuckPages >= STUCK_PAGES && !this.parts.alone()) {
      throw new BrokerAwayError(`the broker has not taken ${STUCK_PAGES} pages in a row for a lease each`);
    }
    return end === 'whole' && sendable.length === page.size;
  }

  #readAhead(page: Page): Promise<Page> | undefined {
    const held = this.#held();
    if (!page.cut || held.length === 0) return undefined;
    const ahead = this.#pages.readAll(held, page.sendable);
    // A page that is not wanted any more takes its failure with it: the connection's next statement fails too.
    ahead.catch(() => undefined);
    return ahead;
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
}
