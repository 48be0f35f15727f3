import type { PublisherLane } from '../event-publisher.js';
import type { OutboxStore, StoreSession } from '../outbox-store.js';
import type { RelayContext } from './context.js';
import { Lane } from './lane.js';
import { fairShare, Leases, type Lease } from './leases.js';
import { BrokerAwayError, SendHungError } from './relay-error.js';
import { Signal } from './signal.js';

export interface RelaySessionParts {
  readonly context: RelayContext;
  readonly store: OutboxStore;
  /** One for each lane. */
  readonly publishers: readonly PublisherLane[];
  /** Told once: the database is there and this relay lives in it. */
  readonly begun: () => void;
}

/**
 * A relay's life on one set of connections. A connection that breaks takes everything with it, what is held too: the
 * next session claims it again under new epochs, so nothing that was in hand can count.
 */
export class RelaySession {
  readonly #leases: Leases;
  readonly #stop = new AbortController();
  readonly #nudge = new Signal();
  #lanes: readonly Lane[] = [];
  #failure: { readonly error: unknown } | undefined;
  #tending: Promise<void> = Promise.resolve();
  #nextTendMs = 0;
  #relays = 1;

  constructor(private readonly parts: RelaySessionParts) {
    this.#leases = new Leases(parts.publishers.length, parts.context.settings.safeFloor);
  }

  /**
   * Ends after `signal` with everything handed over: what was in flight is acknowledged, shards and heartbeat are given
   * up, the others are told.
   * @throws what ended it otherwise: SendHungError, BrokerAwayError, or what the store threw
   */
  async run(signal: AbortSignal): Promise<void> {
    const store = await this.parts.store.connect(this.parts.publishers.length, {
      notified: (shards) => this.#notified(shards),
      freed: () => {
        this.#nextTendMs = 0;
        this.#nudge.set();
      },
      lost: (error) => this.#fail(error),
    });
    const onStop = (): void => this.#end();
    signal.addEventListener('abort', onStop, { once: true });
    if (signal.aborted) this.#end();
    try {
      await this.#live(store);
      await this.#handOver(store);
      // From here on a connection that closes is no failure.
      if (this.#failure !== undefined) throw this.#failure.error;
    } finally {
      signal.removeEventListener('abort', onStop);
      this.#leases.drop(this.#leases.all());
      this.#tellHeld();
      await store.close();
    }
  }

  async #live(store: StoreSession): Promise<void> {
    const { context, publishers } = this.parts;
    try {
      await this.#tend(store);
      this.parts.begun();
    } catch (error) {
      this.#fail(error);
    }
    this.#lanes = publishers.map((publisher, index) => {
      const laneStore = store.lanes[index];
      if (laneStore === undefined) throw new RangeError('the store has fewer lanes than it was asked for');
      return new Lane({
        index,
        context,
        leases: this.#leases,
        store: laneStore,
        publisher,
        renew: () => this.#tend(store),
        giveBack: (leases) => this.#giveBack(store, leases),
        alone: () => this.#relays <= 1,
        stop: this.#stop.signal,
      });
    });
    await Promise.all([
      this.#pulse(store).catch((error: unknown) => this.#fail(error)),
      ...this.#lanes.map((lane, index) => lane.run().catch((error: unknown) => this.#laneFailed(store, index, error))),
    ]);
    await this.#tending;
  }

  /** The shards of a lane that cannot send are given up at once, whatever the other lane has in flight. */
  async #laneFailed(store: StoreSession, lane: number, error: unknown): Promise<void> {
    this.#fail(error);
    if (!(error instanceof SendHungError || error instanceof BrokerAwayError)) return;
    try {
      await store.leave(this.parts.context.owner);
      await this.#giveBack(store, this.#leases.ofLane(lane));
    } catch (failed) {
      this.parts.context.log.warn({ err: failed }, 'shards of a lane that cannot send are free when their lease ends');
    }
  }

  /** At the most one statement a turn, and none that another would have made anyway. */
  async #pulse(store: StoreSession): Promise<void> {
    const { clock, settings } = this.parts.context;
    const pollMs = store.listens ? settings.pollMs : settings.pollUntoldMs;
    let nextPollMs = clock.monotonicMs() + pollMs;
    while (!this.#stop.signal.aborted) {
      const nowMs = clock.monotonicMs();
      const pollIsDue = nowMs >= nextPollMs;
      // A pulse that comes before the next poll takes its place.
      if (nowMs >= this.#nextTendMs || (pollIsDue && nowMs + pollMs >= this.#nextTendMs)) {
        await this.#tend(store);
        nextPollMs = nowMs + pollMs;
      } else if (pollIsDue) {
        nextPollMs = nowMs + pollMs;
        if (await store.probe(this.#leases.all().map(({ shard }) => shard))) this.#wakeLanes();
      } else {
        await this.#nudge.wait(Math.ceil(Math.min(this.#nextTendMs, nextPollMs) - nowMs));
      }
    }
  }

  /** One at a time, whoever asks: the pulse, or a lane that was fenced. */
  #tend(store: StoreSession): Promise<void> {
    const next = this.#tending.then(() => this.#tendNow(store));
    this.#tending = next.catch(() => undefined);
    return next;
  }

  async #tendNow(store: StoreSession): Promise<void> {
    const { clock, observer, owner, settings } = this.parts.context;
    const { leaseMs } = settings;
    const asked = this.#leases.all();
    const askedMs = clock.monotonicMs();
    this.#nextTendMs = askedMs + leaseMs / 3;
    const { claimable, due, nextFreeMs, pending, relays, renewed } = await store.tend(owner, asked, leaseMs);
    this.#tendAtTheLatest(nextFreeMs);
    this.#leases.renew(asked, renewed, sendUntilMs(askedMs, leaseMs));
    this.#relays = relays;
    this.#leases.keepShare(relays);
    if (claimable > 0 && this.#leases.size < fairShare(relays) && !this.#stop.signal.aborted) {
      const claimedAtMs = clock.monotonicMs();
      const held = this.#leases.all().map(({ shard }) => shard);
      const claimed = await store.claim(owner, held, leaseMs);
      this.#leases.add(claimed, sendUntilMs(claimedAtMs, leaseMs));
      const takenOver = claimed.filter((lease) => lease.takenOver).length;
      if (takenOver > 0) observer.tookOver(takenOver);
      if (claimed.length > 0) this.#wakeLanes();
    }
    for (const [index, lane] of this.#lanes.entries()) {
      lane.due(due.filter(({ shard }) => this.#leases.laneOf(shard) === index));
    }
    if (pending || this.#leases.all().some(({ leaving }) => leaving)) this.#wakeLanes();
    this.#tellHeld();
  }

  /**
   * A holder that died is taken over as its lease ends, and not up to a third of a lease later. One that lives has
   * renewed long before, so this costs nothing in health.
   */
  #tendAtTheLatest(inMs: number | null): void {
    // Counted from the answer, so never too early.
    const atMs = inMs === null ? Infinity : this.parts.context.clock.monotonicMs() + inMs;
    if (atMs >= this.#nextTendMs) return;
    this.#nextTendMs = atMs;
    this.#nudge.set();
  }

  async #giveBack(store: StoreSession, leases: readonly Lease[]): Promise<void> {
    this.#leases.drop(leases);
    await store.release(this.parts.context.owner, leases);
    await store.announceFree();
    this.#tellHeld();
  }

  async #handOver(store: StoreSession): Promise<void> {
    const { log, owner } = this.parts.context;
    if (this.#failure !== undefined && this.#leases.size === 0) return;
    try {
      await store.release(owner, this.#leases.all());
      await store.leave(owner);
      await store.announceFree();
    } catch (error) {
      log.warn({ err: error }, 'shards could not be handed over: they are free when their lease ends');
    }
  }

  #notified(shards: readonly number[] | undefined): void {
    for (const [index, lane] of this.#lanes.entries()) {
      const own = shards?.filter((shard) => this.#leases.laneOf(shard) === index && this.#leases.holds(shard));
      if (own === undefined || own.length > 0) lane.wake(own);
    }
  }

  #wakeLanes(): void {
    for (const lane of this.#lanes) lane.wake();
  }

  #tellHeld(): void {
    this.parts.context.observer.holds(this.#leases.size);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#end();
  }

  #end(): void {
    this.#stop.abort();
    this.#nudge.set();
    this.#wakeLanes();
  }
}

/** Counted from before the request and with a third to spare: what is sent in time has ended in time. */
function sendUntilMs(askedMs: number, leaseMs: number): number {
  return askedMs + (leaseMs * 2) / 3;
}
