import type { InboxContext } from './context.js';
import type { Subscription } from '../subscription.js';
import { settle, type Settled, type Slice } from './handle-in-transaction.js';

/** How a slice was settled with others: 'moved' when it did not fit the stored position. */
export type End = Settled | 'moved';

interface Waiting {
  readonly slice: Slice;
  /** Settles the slice by itself. */
  readonly alone: () => Promise<void>;
  readonly end: (end: End | Promise<undefined>) => void;
}

/**
 * Settles slices of several partitions of one topic in one transaction: those that one fetch brought, and those that
 * come while others are being settled, go together. So a transaction holds one message when there is little to do and
 * many under load, whatever the number of partitions; what a transaction costs is what a busy consumer has to save.
 */
export class Together<Tx> {
  readonly #waiting: Waiting[] = [];
  #running = 0;
  #beginning = false;

  constructor(
    private readonly context: InboxContext<Tx>,
    private readonly subscription: Subscription<unknown, Tx>,
  ) {}

  /**
   * Settles a slice with others, or, when there are none or it failed with them, by `alone`: there the trouble of one
   * is its own. Never called twice at once for one partition.
   * @returns undefined after `alone`; rejects only with what that rejects with
   */
  settle(slice: Slice, alone: () => Promise<void>): Promise<End | undefined> {
    return new Promise((end) => {
      this.#waiting.push({ slice, alone, end });
      this.#begin();
    });
  }

  /** Not at once: what a fetch brought is handed over partition by partition, all of it in this turn of the event loop. */
  #begin(): void {
    if (this.#beginning || this.#running >= this.context.settings.transactionsAtOnce) return;
    this.#beginning = true;
    setImmediate(() => {
      this.#beginning = false;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running += 1;
    for (let group = this.#next(); group.length > 0; group = this.#next()) {
      // more than fits: another transaction may take it
      if (this.#waiting.length > 0) this.#begin();
      await this.#settleGroup(group);
    }
    this.#running -= 1;
  }

  /** As many as fit into one transaction, first come, first served; at least one. */
  #next(): Waiting[] {
    let messages = 0;
    const count = this.#waiting.findIndex(({ slice }, index) => {
      messages += slice.entries.length;
      return index > 0 && messages > this.context.settings.maxBatch;
    });
    return this.#waiting.splice(0, count === -1 ? this.#waiting.length : count);
  }

  async #settleGroup(group: readonly Waiting[]): Promise<void> {
    const [first, second] = group;
    if (first !== undefined && second === undefined) {
      const settled = byItself(first);
      first.end(settled);
      await settled.catch(() => undefined);
      return;
    }
    const { log, observer } = this.context;
    const { topic } = this.subscription;
    const started = performance.now();
    try {
      const slices = group.map(({ slice }) => slice);
      const settled = await settle(this.context, this.subscription, slices, 'move', { handlerReached: false });
      const messages = slices.reduce((sum, { entries }) => sum + entries.length, 0);
      observer.batch?.(topic, messages, (performance.now() - started) / 1_000);
      this.#tell(group, settled, settled.fitting);
    } catch (error) {
      log.debug({ err: error, topic, partitions: group.length }, 'partitions could not be settled together');
      for (const one of group) one.end(byItself(one));
    }
  }

  /** The counts go to one of them; what is to be done after the commit is done once, and all of them wait for it. */
  #tell(group: readonly Waiting[], settled: Settled, fitting: ReadonlySet<Slice>): void {
    let done: Promise<void> | undefined;
    const hook = settled.afterCommit;
    const afterCommit = hook === undefined ? undefined : (): Promise<void> => (done ??= hook());
    let counts: Omit<Settled, 'afterCommit'> = settled;
    for (const { slice, end } of group) {
      if (!fitting.has(slice)) end('moved');
      else {
        end({ ...counts, afterCommit });
        counts = { handled: 0, seen: 0, parked: 0, unreadable: 0 };
      }
    }
  }
}

async function byItself({ alone }: Waiting): Promise<undefined> {
  await alone();
}
