import type { Log, SqlClient } from '@outrider/common';
import type { InboxContext } from './processing/context.js';
import { DueKeys } from './parked/retry-due-keys.js';
import { InboxError } from './errors.js';
import type { BatchEnd, EventConsumer, FetchedBatch } from './event-consumer.js';
import type { InboxObserver } from './observer.js';
import { PartitionWorker } from './processing/partition-worker.js';
import type { Subscription } from './subscription.js';
import { findPositions } from './positions/find-positions.js';
import { discardKey, discardMessage } from './parked/discard.js';
import type { MessagePlace } from './parked/entries.js';
import { retryMessage, type RetryMessageEnd } from './parked/retry-message.js';
import { retryKey, type RetryEnd } from './parked/retry-key.js';
import { DEFAULT_SETTINGS, type InboxSettings } from './settings.js';
import type { Discard } from './statements/discard.js';
import { Together } from './processing/transaction-batcher.js';

export interface InboxOptions<Tx> {
  /** Names this reader in every table, `outrider.order` say. Another name sees every event anew. */
  readonly consumer: string;
  /** One for each topic. */
  readonly subscriptions: readonly Subscription<unknown, Tx>[];
  readonly source: EventConsumer;
  /** A READ COMMITTED transaction. May run `work` again after a conflict. */
  readonly transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /** Plain SQL inside such a transaction. */
  readonly sql: (tx: Tx) => SqlClient;
  /** Plain SQL outside of any. */
  readonly pool: SqlClient;
  readonly observer?: Partial<InboxObserver>;
  readonly log: Log;
  readonly settings?: Partial<InboxSettings>;
}

/** Consumes topics in batches; the effects of each event are in the database once, whatever dies or comes twice. */
export class Inbox<Tx> {
  readonly #context: InboxContext<Tx>;
  readonly #subscriptions: ReadonlyMap<string, Subscription<unknown, Tx>>;
  readonly #source: EventConsumer;
  readonly #dueKeys: DueKeys<Tx>;
  readonly #together = new Map<string, Together<Tx>>();
  readonly #workers = new Map<string, PartitionWorker<Tx>>();
  /** What persons have asked for and is being done. */
  readonly #asked = new Set<Promise<unknown>>();
  #started = false;
  #stopping: Promise<void> | undefined;

  /** @throws InboxError INBOX_TOPIC_TWICE */
  constructor(options: InboxOptions<Tx>) {
    const subscriptions = new Map<string, Subscription<unknown, Tx>>();
    for (const subscription of options.subscriptions) {
      if (subscriptions.has(subscription.topic)) {
        throw new InboxError('INBOX_TOPIC_TWICE', `two subscriptions to ${subscription.topic}`);
      }
      subscriptions.set(subscription.topic, subscription);
    }
    this.#context = {
      consumer: options.consumer,
      transaction: options.transaction,
      sql: options.sql,
      pool: options.pool,
      observer: options.observer ?? {},
      log: options.log,
      settings: { ...DEFAULT_SETTINGS, ...options.settings },
    };
    this.#subscriptions = subscriptions;
    for (const [topic, subscription] of subscriptions) {
      this.#together.set(topic, new Together(this.#context, subscription));
    }
    this.#source = options.source;
    this.#dueKeys = new DueKeys(this.#context, subscriptions);
  }

  /**
   * Begins to consume and returns; broker and database may be away, now or later: it waits for them.
   * @throws InboxError INBOX_STARTED
   */
  async start(): Promise<void> {
    if (this.#started || this.#stopping !== undefined) {
      throw new InboxError('INBOX_STARTED', 'an inbox is started once');
    }
    this.#started = true;
    const { observer } = this.#context;
    await this.#source.start([...this.#subscriptions.keys()], {
      positions: (partitions) => findPositions(this.#context, this.#source, partitions),
      handle: (batch) => this.#handle(batch),
      assigned: (partitions) => observer.assigned?.(partitions),
      restarted: (error) => observer.restarted?.(error),
    });
    this.#dueKeys.start();
  }

  /** Why nothing is consumed now, in a line: not joined yet, or the broker is away; null while all is well. */
  get problem(): string | null {
    return this.#source.problem;
  }

  /** Finishes the batches, the key and what persons asked for in hand, then leaves the group. May be called again: it is the same end. */
  stop(): Promise<void> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  async #end(): Promise<void> {
    await Promise.all([
      ...(this.#started ? [this.#dueKeys.stop(), this.#source.stop()] : []),
      Promise.allSettled(this.#asked),
    ]);
  }

  /**
   * Handles the messages of a parked key now, in order, whether it is due or not.
   * @throws InboxError INBOX_TOPIC_UNKNOWN; what is transient, when nothing was counted
   */
  async retryKey(topic: string, key: string): Promise<RetryEnd> {
    return this.#ask(retryKey(this.#context, this.#subscription(topic), key, true));
  }

  /**
   * Handles a parked message without a key now.
   * @throws InboxError INBOX_TOPIC_UNKNOWN; what is transient, when nothing was counted
   */
  async retryMessage(place: MessagePlace): Promise<RetryMessageEnd> {
    return this.#ask(retryMessage(this.#context, this.#subscription(place.topic), place));
  }

  /**
   * Gives up all messages of a parked key, also those that follow while it does so, for a reason that stays on record;
   * what comes after flows. Given up events have no effect either when they come again.
   * @returns how many messages; undefined when the key is not parked
   */
  async discardKey(topic: string, key: string, discard: Discard): Promise<number | undefined> {
    return this.#ask(discardKey(this.#context, topic, key, discard));
  }

  /**
   * Gives up one parked message, for a reason that stays on record; when it was the last of its key, the key flows.
   * @returns whether one was parked there
   */
  async discardMessage(place: MessagePlace, discard: Discard): Promise<boolean> {
    return this.#ask(discardMessage(this.#context, place, discard));
  }

  async #ask<T>(work: Promise<T>): Promise<T> {
    this.#asked.add(work);
    try {
      return await work;
    } finally {
      this.#asked.delete(work);
    }
  }

  async #handle(batch: FetchedBatch): Promise<BatchEnd> {
    const name = `${batch.topic} ${batch.partition}`;
    let worker = this.#workers.get(name);
    if (worker === undefined) {
      const subscription = this.#subscription(batch.topic);
      const together = this.#together.get(batch.topic) ?? new Together(this.#context, subscription);
      worker = new PartitionWorker(this.#context, subscription, together);
      this.#workers.set(name, worker);
    }
    return worker.handle(batch);
  }

  #subscription(topic: string): Subscription<unknown, Tx> {
    const subscription = this.#subscriptions.get(topic);
    if (subscription === undefined) throw new InboxError('INBOX_TOPIC_UNKNOWN', `no subscription to ${topic}`);
    return subscription;
  }
}
