import { isTransient } from '@outrider/inbox';
import type { Logger } from '@outrider/service-kit/logging';
import { orderOf, type News, type NewsOutcome } from './update.js';

const LARGEST_SET = 250;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

interface Waiting {
  readonly news: News;
  readonly taken: (outcome: NewsOutcome) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Has news taken in sets, one transaction each: whatever comes while one set is being written makes up the next. So
 * under load a transaction holds many payments, and when idle news wait for nothing. Of each order there is one in a
 * set; the second one waits for the next, and so meets what the first one changed.
 *
 * Nothing is lost by giving up. An answer that was not written is asked for again, under the same key, when its lease
 * has ended; an event that was not taken is told again by the provider, whose request failed.
 */
export class NewsQueue {
  #waiting: Waiting[] = [];
  #draining = false;
  #closing = false;

  /** @param take in one transaction, one outcome for each; rejects when nothing was written */
  constructor(
    private readonly take: (news: readonly News[]) => Promise<readonly NewsOutcome[]>,
    private readonly log: Logger,
  ) {}

  /** Resolves when the news have been committed. Rejects when they were given up. */
  add(news: News): Promise<NewsOutcome> {
    return new Promise((taken, failed) => {
      this.#waiting.push({ news, taken, failed });
      if (!this.#draining) void this.#drain();
    });
  }

  /** From now on a set that cannot be written is given up at once. */
  close(): void {
    this.#closing = true;
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    // what comes within this turn of the event loop goes along
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#settle(this.#nextSet());
    this.#draining = false;
  }

  #nextSet(): readonly Waiting[] {
    const set = new Map<string, Waiting>();
    const rest: Waiting[] = [];
    for (const one of this.#waiting) {
      const orderId = orderOf(one.news);
      if (set.size < LARGEST_SET && !set.has(orderId)) set.set(orderId, one);
      else rest.push(one);
    }
    this.#waiting = rest;
    return [...set.values()];
  }

  async #settle(given: readonly Waiting[]): Promise<void> {
    let set = given;
    for (let tries = 1; set.length > 0; tries += 1) {
      try {
        const outcomes = await this.take(set.map(({ news }) => news));
        for (const [index, { taken }] of set.entries()) taken(outcomes[index] ?? 'nothing-new');
        return;
      } catch (error) {
        if (!isTransient(error) && set.length > 1) break;
        const again = isTransient(error) && !this.#closing;
        // an answer is nobody's but ours; an event is told again by who waits for us now
        const keep = set.filter(({ news }) => again && news.kind === 'answer');
        for (const one of set) if (!keep.includes(one)) one.failed(error);
        set = keep;
        if (set.length === 0) return;
        const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(tries, 10));
        this.log.warn({ err: error, answers: set.length, waitMs }, 'answers of the provider cannot be written yet');
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
    // one of them breaks the set: the others must not suffer
    for (const one of set) await this.#settle([one]);
  }
}
