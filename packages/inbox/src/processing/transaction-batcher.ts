import type { Subscription } from '../subscription.js';
import type { InboxContext } from './context.js';
import { handleInTransaction } from './handle-in-transaction.js';
import { handleSlice, type SliceEnd, type SliceWork } from './handle-slice.js';
import { reportCommitted } from './report-committed.js';

interface Waiting {
  readonly work: SliceWork;
  readonly end: (end: SliceEnd | Promise<SliceEnd>) => void;
}

/**
 * Handles slices of several partitions of one topic in one transaction: those that one fetch brought, and those that
 * come while other transactions run. So a transaction holds one message when there is little to do and many under load,
 * whatever the number of partitions; the cost of a transaction is what a busy consumer has to save.
 */
export class TransactionBatcher<Tx> {
  readonly #waiting: Waiting[] = [];
  #running = 0;
  #scheduled = false;

  constructor(
    private readonly context: InboxContext<Tx>,
    private readonly subscription: Subscription<unknown, Tx>,
  ) {}

  /**
   * Handles a slice with those of other partitions; by itself where there are none, or where their transaction failed,
   * so that one partition's error is no other's. Never called twice at once for one partition.
   */
  handle(work: SliceWork): Promise<SliceEnd> {
    return new Promise((end) => {
      this.#waiting.push({ work, end });
      this.#schedule();
    });
  }

  /** Not at once: the partitions of one fetch are handed over one by one, all of them in this turn of the event loop. */
  #schedule(): void {
    if (this.#scheduled || this.#running >= this.context.settings.transactionsAtOnce) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running += 1;
    for (let group = this.#next(); group.length > 0; group = this.#next()) {
      // more than fits: another transaction may take it
      if (this.#waiting.length > 0) this.#schedule();
      await this.#handleGroup(group);
    }
    this.#running -= 1;
  }

  /** As many as fit into one transaction, first come, first served; at least one. */
  #next(): Waiting[] {
    let messages = 0;
    const count = this.#waiting.findIndex(({ work }, index) => {
      messages += work.slice.toHandle.length;
      return index > 0 && messages > this.context.settings.maxBatch;
    });
    return this.#waiting.splice(0, count === -1 ? this.#waiting.length : count);
  }

  async #handleGroup(all: readonly Waiting[]): Promise<void> {
    const group = all.filter(({ work, end }) => {
      const isCurrent = work.isCurrent();
      // its partition was given up while it waited: the next owner has the messages
      if (!isCurrent) end({ kind: 'done' });
      return isCurrent;
    });
    const [first, second] = group;
    if (first === undefined) return;
    if (second === undefined) {
      const end = this.#handleAlone(first);
      first.end(end);
      // the caller of `handle` gets the rejection
      await end.catch(() => undefined);
      return;
    }
    const { log, observer } = this.context;
    const { topic } = this.subscription;
    const started = performance.now();
    try {
      const slices = group.map(({ work }) => work.slice);
      const result = await handleInTransaction(this.context, this.subscription, slices, 'advance', {
        handlerReached: false,
      });
      const messages = slices.reduce((sum, { toHandle }) => sum + toHandle.length, 0);
      observer.batch?.(topic, messages, (performance.now() - started) / 1_000);
      const { fitting, ...committed } = result;
      const reported = reportCommitted(this.context, { topic }, committed);
      for (const { work, end } of group) {
        if (!fitting.has(work.slice)) {
          end({ kind: 'reposition' });
          continue;
        }
        work.failures.count = 0;
        end(reported.then(() => 'committed'));
      }
    } catch (error) {
      log.debug({ err: error, topic, partitions: group.length }, 'a transaction over several partitions failed');
      for (const one of group) one.end(this.#handleAlone(one));
    }
  }

  #handleAlone({ work }: Waiting): Promise<SliceEnd> {
    return handleSlice(this.context, this.subscription, work);
  }
}
