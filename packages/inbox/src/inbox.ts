import type { Log, SqlClient } from '@outrider/common';
import { InboxError } from './errors.js';
import type { BatchEnd, EventConsumer, FetchedBatch, Position } from './event-consumer.js';
import type { InboxObserver } from './observer.js';
import { discardKey, discardMessage } from './parked/discard.js';
import { DueKeyRetries } from './parked/retry-due-keys.js';
import { retryKey, type RetryKeyResult } from './parked/retry-key.js';
import { retryMessage, type RetryMessageResult } from './parked/retry-message.js';
import { findPositions } from './positions/find-positions.js';
import type { InboxContext } from './processing/context.js';
import { PartitionWorker } from './processing/partition-worker.js';
import { TransactionBatcher } from './processing/transaction-batcher.js';
import { DEFAULT_SETTINGS, type InboxSettings } from './settings.js';
import type { Discard } from './statements/discard-messages.js';
import type { Subscription } from './subscription.js';

export interface InboxOptions<Tx> {
  /** The reader's name in every table, such as `outrider.order`. Each name handles every event once. */
  readonly consumer: string;
  /** One for each topic. */
  readonly subscriptions: readonly Subscription<unknown, Tx>[];
  readonly source: EventConsumer;
  /** A READ COMMITTED transaction. May run `work` again after a conflict. */
  readonly transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /** Plain SQL inside such a transaction. A statement may be given before the one before is answered: they run in that order. */
  readonly sql: (tx: Tx) => SqlClient;
  /** Plain SQL outside any transaction. */
  readonly pool: SqlClient;
  readonly observer?: Partial<InboxObserver>;
  readonly log: Log;
  readonly settings?: Partial<InboxSettings>;
}

/** Consumes topics in batches; each event takes effect once, whichever process dies and whatever comes twice. */
export class Inbox<Tx> {
  readonly #context: InboxContext<Tx>;
  readonly #subscriptions: ReadonlyMap<string, Subscription<unknown, Tx>>;
  readonly #source: EventConsumer;
  readonly #dueKeyRetries: DueKeyRetries<Tx>;
  readonly #batchers = new Map<string, TransactionBatcher<Tx>>();
  readonly #workers = new Map<string, PartitionWorker<Tx>>();
  /** Operators' retries and discards that have not ended. */
  readonly #operations = new Set<Promise<unknown>>();
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
      this.#batchers.set(topic, new TransactionBatcher(this.#context, subscription));
    }
    this.#source = options.source;
    this.#dueKeyRetries = new DueKeyRetries(this.#context, subscriptions);
  }

  /**
   * Starts consuming and returns; broker and database may be unavailable, now or later: it waits for them.
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
    this.#dueKeyRetries.start();
  }

  /** Why nothing is consumed at present, in a line: not joined yet, or no broker; null while all is well. */
  get problem(): string | null {
    return this.#source.problem;
  }

  /** Lets batches, retries and operators' calls that have begun finish, and leaves the group. May be called again. */
  stop(): Promise<void> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  async #end(): Promise<void> {
    await Promise.all([
      ...(this.#started ? [this.#dueKeyRetries.stop(), this.#source.stop()] : []),
      Promise.allSettled(this.#operations),
    ]);
  }

  /**
   * Retries a parked key: handles its messages in order, whether the next attempt is due or not.
   * @throws InboxError INBOX_TOPIC_UNKNOWN; a transient error, without an attempt counted
   */
  async retryKey(topic: string, key: string): Promise<RetryKeyResult> {
    return this.#track(retryKey(this.#context, this.#subscription(topic), key, 'any'));
  }

  /**
   * Retries a parked message without a key.
   * @throws InboxError INBOX_TOPIC_UNKNOWN; a transient error, without an attempt counted
   */
  async retryMessage(position: Position): Promise<RetryMessageResult> {
    return this.#track(retryMessage(this.#context, this.#subscription(position.topic), position));
  }

  /**
   * Discards all messages of a parked key, also those that are parked while it does so, for a reason that stays on
   * record; what comes after is handled. Discarded events have no effect when they come again.
   * @returns how many messages; undefined when the key is not parked
   */
  async discardKey(topic: string, key: string, discard: Discard): Promise<number | undefined> {
    return this.#track(discardKey(this.#context, topic, key, discard));
  }

  /**
   * Discards one parked message, for a reason that stays on record; when it was the last of its key, the key is parked
   * no more.
   * @returns whether one was parked there
   */
  async discardMessage(position: Position, discard: Discard): Promise<boolean> {
    return this.#track(discardMessage(this.#context, position, discard));
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#operations.add(work);
    try {
      return await work;
    } finally {
      this.#operations.delete(work);
    }
  }

  async #handle(batch: FetchedBatch): Promise<BatchEnd> {
    const name = `${batch.topic} ${batch.partition}`;
    let worker = this.#workers.get(name);
    if (worker === undefined) {
      const batcher = ofTopic(this.#batchers, batch.topic);
      worker = new PartitionWorker(this.#context, this.#subscription(batch.topic), batcher);
      this.#workers.set(name, worker);
    }
    return worker.handle(batch);
  }

  #subscription(topic: string): Subscription<unknown, Tx> {
    return ofTopic(this.#subscriptions, topic);
  }
}

function ofTopic<T>(byTopic: ReadonlyMap<string, T>, topic: string): T {
  const found = byTopic.get(topic);
  if (found === undefined) throw new InboxError('INBOX_TOPIC_UNKNOWN', `no subscription to ${topic}`);
  return found;
}
