import { setTimeout as sleep } from 'node:timers/promises';
import { productPageSchema, productSchema } from '@outrider/contracts';

/** Slower than this is no answer to somebody who shops, ms. */
const PATIENCE_MS = 10_000;

/** People who look at lists and pages of products all the time, and note what they were not shown. */
export class Shoppers implements AsyncDisposable {
  readonly failures: string[] = [];
  reads = 0;
  #stopped = false;
  readonly #loops: readonly Promise<void>[];

  /**
   * @param productUrl where the product service answers
   * @param patienceMs longer than that is no answer
   */
  constructor(
    private readonly productUrl: string,
    people = 4,
    private readonly patienceMs = PATIENCE_MS,
  ) {
    this.#loops = Array.from({ length: people }, (_, at) => this.#look(at));
  }

  /** Waits until so many more have been answered, well or not. */
  async see(more: number): Promise<void> {
    const enough = this.reads + more;
    while (this.reads < enough) await sleep(10);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  async #look(at: number): Promise<void> {
    let ids: string[] = [];
    for (let turn = at; !this.#stopped; turn += 1) {
      const id = ids.length === 0 || turn % 5 === 0 ? undefined : ids[turn % ids.length];
      const url = `${this.productUrl}/products${id === undefined ? '?limit=100' : `/${id}`}`;
      try {
        const answer = await fetch(url, { signal: AbortSignal.timeout(this.patienceMs) });
        if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
        const body: unknown = await answer.json();
        if (id === undefined) ids = productPageSchema.parse(body).data.map((product) => product.id);
        else productSchema.parse(body);
      } catch (error) {
        this.failures.push(`${url}: ${String(error)}`);
      }
      this.reads += 1;
    }
  }
}
