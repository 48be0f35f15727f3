import { setTimeout as sleep } from 'node:timers/promises';

const MOST = 500;
const WAIT_MS = 100;

/**
 * Does what comes in one after the other, all that is there at once: one transaction for hundreds of items under load, one
 * for one without. What throws is done again, until it is done.
 */
export class Gatherer<Item> {
  #waiting: { readonly item: Item; readonly done: () => void }[] = [];
  #running = false;

  constructor(private readonly work: (items: readonly Item[]) => Promise<void>) {}

  /** Resolves when it has been done. */
  add(items: readonly Item[]): Promise<unknown> {
    const all = items.map((item) => new Promise<void>((done) => this.#waiting.push({ item, done })));
    if (!this.#running) void this.#run();
    return Promise.all(all);
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const set = this.#waiting.splice(0, MOST);
      try {
        await this.work(set.map(({ item }) => item));
        for (const { done } of set) done();
      } catch (error) {
        console.error(error);
        this.#waiting.unshift(...set);
        await sleep(WAIT_MS);
      }
    }
    this.#running = false;
  }
}
