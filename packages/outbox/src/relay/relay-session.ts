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
  /** Called once: the first heartbeat succeeded. */
  readonly onStarted: () => void;
}

/**
 * A relay's work on one set of connections. When one of them breaks the session ends and loses its leases: the next
 * session claims the shards again under new epochs, so nothing that was in hand can be acknowledged.
 */
export class RelaySession {
  readonly #leases: Leases;
  readonly #stop = new AbortController();
  readonly #wake = new Signal();
  #lanes: readonly Lane[] = [];
  #failure: { readonly error: unknown } | undefined;
  #lastHeartbeat: Promise<void> = Promise.resolve();
  #nextHeartbeatMs = 0;
  #relays = 1;

  constructor(private readonly parts: RelaySessionParts) {
    this.#leases = new Leases(parts.publishers.length, parts.context.settings.safeFloor);
  }

  /**
   * Ends after `signal` with everything handed over: what was in flight is acknowledged, the shards are released, the
   * other relays are notified.
   * @throws SendHungError, BrokerAwayError; whatever the store throws
   */
  async run(signal: AbortSignal): Promise<void> {
    const store = await this.parts.store.connect(this.parts.publishers.length, {
      notified: (shards) => this.#notified(shards),
      shardsFree: () => {
        this.#nextHeartbeatMs = 0;
        this.#wake.set();
      },
      connectionLost: (error) => this.#fail(error),
    });
    const onStop = (): void => this.#end();
    signal.addEventListener('abort', onStop, { once: true });
    if (signal.aborted) this.#end();
    try {
      await this.#work(store);
      await this.#handOver(store);
      // After this a connection that closes is no failure.
      if (this.#failure !== undefined) throw this.#failure.error;
    } finally {
      signal.removeEventListener('abort', onStop);
      this.#leases.drop(this.#leases.all());
      this.#reportShards();
      await store.close();
    }
  }

  async #work(store: StoreSession): Promise<void> {
    const { context, publishers } = this.parts;
    try {
      await this.#heartbeat(store);
      this.parts.onStarted();
    } catch (error) {
      this.#fail(error);
    }
    this.#lanes = publishers.map((publisher, index) => {
      const laneStore = store.lanes[index];
      if (laneStore === undefined) throw new RangeError('the store opened fewer lanes than requested');
      return new Lane({
        index,
        context,
        leases: this.#leases,
        store: laneStore,
        publisher,
        renew: () => this.#heartbeat(store),
        releaseLeases: (leases) => this.#release(store, leases),
        alone: () => this.#relays <= 1,
        stop: this.#stop.signal,
      });
    });
    await Promise.all([
      this.#keepLeases(store).catch((error: unknown) => this.#fail(error)),
      ...this.#lanes.map((lane, index) => lane.run().catch((error: unknown) => this.#laneFailed(store, index, error))),
    ]);
    await this.#lastHeartbeat;
  }

  /** The shards of a lane that cannot send are released at once, whatever the other lane has in flight. */
  async #laneFailed(store: StoreSession, lane: number, error: unknown): Promise<void> {
    this.#fail(error);
    if (!(error instanceof SendHungError || error instanceof BrokerAwayError)) return;
    try {
      await store.leave(this.parts.context.owner);
      await this.#release(store, this.#leases.ofLane(lane));
    } catch (failed) {
      this.parts.context.log.warn(
        { err: failed },
        'shards of a lane that cannot send were not released, they are free when their lease ends',
      );
    }
  }

  /** At most one statement at a time, and none that another makes unnecessary. */
  async #keepLeases(store: StoreSession): Promise<void> {
    const { clock, settings } = this.parts.context;
    const pollMs = store.listens ? settings.pollMs : settings.pollWithoutListenMs;
    let nextPollMs = clock.monotonicMs() + pollMs;
    while (!this.#stop.signal.aborted) {
      const nowMs = clock.monotonicMs();
      const pollIsDue = nowMs >= nextPollMs;
      // A heartbeat looks for work too: one that is due before the next poll replaces the poll.
      if (nowMs >= this.#nextHeartbeatMs || (pollIsDue && nowMs + pollMs >= this.#nextHeartbeatMs)) {
        await this.#heartbeat(store);
        nextPollMs = nowMs + pollMs;
      } else if (pollIsDue) {
        nextPollMs = nowMs + pollMs;
        if (await store.hasPending(this.#leases.all().map(({ shard }) => shard))) this.#wakeLanes();
      } else {
        await this.#wake.wait(Math.ceil(Math.min(this.#nextHeartbeatMs, nextPollMs) - nowMs));
      }
    }
  }

  /** One at a time: the regular one, and that of a lane that was fenced. */
  #heartbeat(store: StoreSession): Promise<void> {
    const next = this.#lastHeartbeat.then(() => this.#heartbeatNow(store));
    this.#lastHeartbeat = next.catch(() => undefined);
    return next;
  }

  async #heartbeatNow(store: StoreSession): Promise<void> {
    const { clock, observer, owner, settings } = this.parts.context;
    const { leaseMs } = settings;
    const asked = this.#leases.all();
    const askedMs = clock.monotonicMs();
    this.#nextHeartbeatMs = askedMs + leaseMs / 3;
    const { claimable, due, nextFreeMs, pending, relays, renewed } = await store.heartbeat(owner, asked, leaseMs);
    this.#heartbeatWithin(nextFreeMs);
    this.#leases.renew(asked, renewed, sendUntilMs(askedMs, leaseMs));
    this.#relays = relays;
    this.#leases.keepShare(relays);
    if (claimable > 0 && this.#leases.size < fairShare(relays) && !this.#stop.signal.aborted) {
      const claimedAtMs = clock.monotonicMs();
      const held = this.#leases.all().map(({ shard }) => shard);
      const claimed = await store.claim(owner, held, leaseMs);
      this.#leases.add(claimed, sendUntilMs(claimedAtMs, leaseMs));
      const takenOver = claimed.filter((lease) => lease.takenOver).length;
      if (takenOver > 0) observer.shardsTakenOver(takenOver);
      if (claimed.length > 0) this.#wakeLanes();
    }
    for (const [index, lane] of this.#lanes.entries()) {
      lane.due(due.filter(({ shard }) => this.#leases.laneOf(shard) === index));
    }
    if (pending || this.#leases.all().some(({ leaving }) => leaving)) this.#wakeLanes();
    this.#reportShards();
  }

  /**
   * The shards of a dead relay are claimed as their leases expire, not up to a third of a lease later. A live relay has
   * renewed its leases long before, so this costs nothing normally.
   */
  #heartbeatWithin(inMs: number | null): void {
    // Counted from the answer, so never too early.
    const atMs = inMs === null ? Infinity : this.parts.context.clock.monotonicMs() + inMs;
    if (atMs >= this.#nextHeartbeatMs) return;
    this.#nextHeartbeatMs = atMs;
    this.#wake.set();
  }

  async #release(store: StoreSession, leases: readonly Lease[]): Promise<void> {
    this.#leases.drop(leases);
    await store.release(this.parts.context.owner, leases);
    await store.notifyShardsFree();
    this.#reportShards();
  }

  async #handOver(store: StoreSession): Promise<void> {
    const { log, owner } = this.parts.context;
    if (this.#failure !== undefined && this.#leases.size === 0) return;
    try {
      await store.release(owner, this.#leases.all());
      await store.removeRelay(owner);
      await store.notifyShardsFree();
    } catch (error) {
      log.warn({ err: error }, 'handing the shards over failed, they are free when their lease ends');
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

  #reportShards(): void {
    this.parts.context.observer.shardsHeld(this.#leases.size);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#end();
  }

  #end(): void {
    this.#stop.abort();
    this.#wake.set();
    this.#wakeLanes();
  }
}

/** Counted from before the request, with a third to spare: what is sent before it ends before the lease does. */
function sendUntilMs(askedMs: number, leaseMs: number): number {
  return askedMs + (leaseMs * 2) / 3;
}
