import type { Log, SqlClient } from '@outrider/common';
import { shardOf } from './shard-of.js';
import { notify } from './statements/notify.js';

const MIN_INTERVAL_MS = 5;

/** Notifies relays of commits: at once, but at most once in 5 ms however many transactions commit. */
export class OutboxNotifier {
  #due = false;
  #shards: Set<number> | undefined = new Set();
  #closed = false;
  #running: Promise<void> | undefined;

  /** @param client a pool, or a client outside of any transaction */
  constructor(
    private readonly client: SqlClient,
    private readonly log: Log,
  ) {}

  /**
   * To be called after each commit that appended events. Never throws, never waits.
   *
   * @param events what was appended: relays then look only into their shards; default: into all
   */
  committed(events?: readonly { readonly key: string }[]): void {
    if (this.#closed) return;
    this.#due = true;
    if (events === undefined) this.#shards = undefined;
    else for (const { key } of events) this.#shards?.add(shardOf(key));
    this.#running ??= this.#run();
  }

  /** Sends what is due; later calls of `committed` do nothing. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#due) {
      const shards = this.#shards;
      this.#due = false;
      this.#shards = new Set();
      try {
        await notify(this.client, shards);
      } catch (error) {
        // relays poll as well
        this.log.debug({ err: error }, 'notifying relays failed');
      }
      if (!this.#closed) await new Promise((resolve) => setTimeout(resolve, MIN_INTERVAL_MS));
    }
    this.#running = undefined;
  }
}
