import { pause } from '@outrider/common';
import type { InboxContext } from '../processing/context.js';
import { listDueKeys } from '../statements/list-due-keys.js';
import type { Subscription } from '../subscription.js';
import { retryKey } from './retry-key.js';

const KEYS_A_ROUND = 100;

/** Retries parked keys when their next attempt is due, in any process of the consumer, whichever reads the partition. */
export class DueKeyRetries<Tx> {
  readonly #stop = new AbortController();
  /**
   * Keys that could not be retried and stay due, so the first: passed over until the last key that is due was looked at, or
   * enough of these would block all others.
   */
  readonly #passed = new Set<string>();
  #running: Promise<void> | undefined;

  constructor(
    private readonly context: InboxContext<Tx>,
    private readonly subscriptions: ReadonlyMap<string, Subscription<unknown, Tx>>,
  ) {}

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves after the retry that has begun. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { log, settings } = this.context;
    while (!this.#stop.signal.aborted) {
      let more = false;
      try {
        more = await this.#round();
      } catch (error) {
        log.warn({ err: error }, 'the keys due for a retry could not be read; they are read again');
      }
      // a tenth more or less, so that replicas do not do it at the same time
      if (!more) await pause(settings.dueEveryMs * (0.9 + Math.random() * 0.2), this.#stop.signal);
    }
  }

  /** @returns whether more keys may be due */
  async #round(): Promise<boolean> {
    const { consumer, pool, log } = this.context;
    const limit = KEYS_A_ROUND + this.#passed.size;
    const due = await listDueKeys(pool, consumer, [...this.subscriptions.keys()], limit);
    let retried = 0;
    for (const { topic, key } of due) {
      if (this.#stop.signal.aborted) return false;
      const subscription = this.subscriptions.get(topic);
      const name = `${topic} ${key}`;
      if (subscription === undefined || this.#passed.has(name)) continue;
      try {
        if ((await retryKey(this.context, subscription, key, 'due')) === 'not-parked') this.#passed.add(name);
        else retried += 1;
      } catch (error) {
        // one key's transient error must not delay the others
        this.#passed.add(name);
        log.warn({ err: error, topic, key }, 'a parked key could not be retried; it is retried again');
      }
    }
    const isFull = due.length === limit;
    if (!isFull) this.#passed.clear();
    return isFull && retried > 0;
  }
}
