import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { backoffMs, errorText, type Log, pause, refusalOf } from '@outrider/common';
import { systemClock, type Clock } from '../clock.js';
import { OutboxError } from '../errors.js';
import type { EventPublisher, PublisherLane } from '../event-publisher.js';
import type { OutboxStore } from '../outbox-store.js';
import type { RelayContext } from './context.js';
import type { RelayObserver } from './observer.js';
import { BrokerAwayError, SendHungError } from './relay-error.js';
import { RelaySession } from './relay-session.js';
import { DEFAULT_RELAY_SETTINGS, type RelaySettings } from './settings.js';

const LANES = 2;
/** Share of a session's longest life, so that those of all databases do not end together. */
const AGE_JITTER = 0.2;
const HUNG_WAIT_MAX_MS = 60_000;
/** A connection to the broker that does not close in this time is abandoned. */
const CLOSE_MS = 2_000;

const NO_OBSERVER: RelayObserver = {
  published: () => {},
  sent: () => {},
  sendFailed: () => {},
  shardsHeld: () => {},
  shardsTakenOver: () => {},
  fenced: () => {},
  acknowledgedTwice: () => {},
  parked: () => {},
  orphaned: () => {},
  belowFloor: () => {},
  refused: () => {},
  sendHung: () => {},
};

export interface RelayOptions {
  readonly store: OutboxStore;
  readonly publisher: EventPublisher;
  readonly log: Log;
  readonly settings?: Partial<RelaySettings>;
  readonly observer?: Partial<RelayObserver>;
  readonly clock?: Clock;
}

/**
 * Publishes the events of one database: in order per key, at least once, with their own ids. Any number of relays share
 * the work of one outbox, each with its shards; any of them may be killed at any time.
 */
export class Relay {
  /** New at every start: a restarted process must never pass the fence of the one before. */
  readonly owner = `${hostname()}/${process.pid}/${randomBytes(6).toString('hex')}`;
  readonly #context: RelayContext;
  readonly #stopping = new AbortController();
  #publishers: PublisherLane[];
  #running: Promise<void> | undefined;
  #problem: string | null = 'not started';

  constructor(private readonly options: RelayOptions) {
    this.#context = {
      owner: this.owner,
      settings: { ...DEFAULT_RELAY_SETTINGS, ...options.settings },
      clock: options.clock ?? systemClock,
      observer: { ...NO_OBSERVER, ...options.observer },
      log: options.log,
    };
    this.#publishers = this.#openPublishers();
  }

  /** Why nothing can be published at the moment, in one line; null: it can. */
  get problem(): string | null {
    return this.#problem;
  }

  /**
   * Runs until it is stopped, whatever happens to database and broker.
   * @throws OutboxError OUTBOX_RELAY_STARTED
   */
  start(): void {
    if (this.#running !== undefined) throw new OutboxError('OUTBOX_RELAY_STARTED', 'a relay can be started only once');
    this.#running = this.#run();
  }

  /** Sends nothing new, acknowledges what is in flight, hands the shards over. Never rejects. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#closePublishers();
    this.#problem = 'stopped';
  }

  async #run(): Promise<void> {
    const { log, observer, settings } = this.#context;
    const { signal } = this.#stopping;
    let failures = 0;
    while (!signal.aborted) {
      const session = new RelaySession({
        context: this.#context,
        store: this.options.store,
        publishers: this.#publishers,
        onStarted: () => {
          if (failures > 0) log.info({ failures }, 'relay connected to the outbox again');
          this.#problem = null;
        },
      });
      const startedMs = this.#context.clock.monotonicMs();
      try {
        await this.#runUntilMaxAge(session);
        failures = 0;
      } catch (error) {
        if (this.#context.clock.monotonicMs() - startedMs > 2 * settings.leaseMs) failures = 0;
        failures += 1;
        this.#problem = errorText(error);
        const hung = error instanceof SendHungError;
        const away = error instanceof BrokerAwayError;
        const waitMs = this.#waitMs(error, failures);
        if (hung) observer.sendHung();
        const refusal = refusalOf(error);
        if (refusal !== undefined) observer.refused(refusal);
        if (hung || away) {
          void this.#closePublishers();
          this.#publishers = this.#openPublishers();
        }
        log.warn({ err: error, failures, waitMs }, 'relay session failed, restarting');
        await pause(waitMs, signal);
      }
    }
  }

  /** A session that reaches its maximum age is ended as by a stop; the next one starts at once. */
  async #runUntilMaxAge(session: RelaySession): Promise<void> {
    const { signal } = this.#stopping;
    const ending = new AbortController();
    const end = (): void => ending.abort();
    const timer = setTimeout(end, this.#context.settings.connectionMaxAgeMs * (1 - AGE_JITTER * Math.random()));
    signal.addEventListener('abort', end, { once: true });
    try {
      await session.run(ending.signal);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
  }

  /** After a send that hung, long enough for the others to see that this relay is gone and to claim its shards. */
  #waitMs(error: unknown, failures: number): number {
    const { leaseMs, retryFirstMs, retryMaxMs } = this.#context.settings;
    if (error instanceof SendHungError) return backoffMs(failures, leaseMs, Math.max(leaseMs, HUNG_WAIT_MAX_MS));
    // Not longer each time: where no relay reaches the broker, none is to be waiting when it comes back.
    if (error instanceof BrokerAwayError) return backoffMs(1, leaseMs, leaseMs);
    return backoffMs(failures, retryFirstMs, retryMaxMs);
  }

  #openPublishers(): PublisherLane[] {
    return Array.from({ length: LANES }, () => this.options.publisher.open());
  }

  async #closePublishers(): Promise<void> {
    const closing = this.#publishers.map((publisher) =>
      publisher.close().catch((error: unknown) => {
        this.#context.log.debug({ err: error }, 'closing a publisher failed');
      }),
    );
    const closed = new AbortController();
    await Promise.race([Promise.all(closing), pause(CLOSE_MS, closed.signal)]);
    closed.abort();
  }
}
