import { pause } from '@outrider/common';
import type { InboxContext } from '../processing/context.js';
import type { Subscription } from '../subscription.js';
import { retryKey } from './retry-key.js';
import { listDueKeys } from '../statements/list-due-keys.js';

const KEYS_A_ROUND = 100;

/** Tries parked keys again when their time comes; any process of the consumer may, whoever has the partition. */
export class DueKeys<Tx> {
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(
    private readonly context: InboxContext<Tx>,
    private readonly subscriptions: ReadonlyMap<string, Subscription<unknown, Tx>>,
  ) {}

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves after the key in hand. */
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
        log.warn({ err: error }, 'parked keys could not be tried again now');
      }
      // a tenth more or less, so that replicas do not march in step
      if (!more) await pause(settings.dueEveryMs * (0.9 + Math.random() * 0.2), this.#stop.signal);
    }
  }

  /** @returns whether there may be more that is due */
  async #round(): Promise<boolean> {
    const { consumer, pool, log } = this.context;
    const due = await listDueKeys(pool, consumer, [...this.subscriptions.keys()], KEYS_A_ROUND);
    let moved = 0;
    for (const { topic, key } of due) {
      if (this.#stop.signal.aborted) return false;
      const subscription = this.subscriptions.get(topic);
      if (subscription === undefined) continue;
      try {
        if ((await retryKey(this.context, subscription, key, false)) !== 'absent') moved += 1;
      } catch (error) {
        // one key's lock or deadlock keeps no other key waiting
        log.warn({ err: error, topic, key }, 'a parked key could not be tried again now');
      }
    }
    return due.length === KEYS_A_ROUND && moved > 0;
  }
}
