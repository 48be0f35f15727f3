import type { Product } from '@outrider/contracts';
import { type TestService } from '@outrider/service-kit/testing';
import { until } from '@outrider/testkit';

/** People who look at products all the time, each at a replica: pages and lists in turns. */
export class Readers implements AsyncDisposable {
  /** What was read and is not as it should be. */
  readonly failures: string[] = [];
  #reads = 0;
  #least = 0;
  #stopped = false;
  readonly #loops: readonly Promise<void>[];

  constructor(replicas: readonly TestService[], products: readonly Pick<Product, 'id'>[]) {
    const ids = products.map(({ id }) => id);
    this.#loops = replicas.map((replica) => this.#read(replica, ids));
  }

  /** From now on a stock below this is old. */
  noLessThan(stock: number): void {
    this.#least = stock;
  }

  /** Waits until so many reads more were answered. */
  async more(reads: number): Promise<void> {
    const enough = this.#reads + reads;
    await until(`${reads} reads more`, () => this.#reads >= enough);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  async #read(replica: TestService, ids: readonly string[]): Promise<void> {
    for (let turn = 0; !this.#stopped; turn += 1) {
      const path = turn % 2 === 0 ? `/products?ids=${ids.join(',')}` : `/products/${ids[turn % ids.length]}`;
      const least = this.#least;
      const { status, body } = await replica.call('GET', path);
      const seen = (turn % 2 === 0 ? body.data : [body]) as Product[] | undefined;
      if (status !== 200) this.failures.push(`${status} of ${replica.url}${path}`);
      for (const { id, stock } of seen ?? []) {
        if (stock === null || stock < least) this.failures.push(`${id} shows ${stock}, and ${least} was there before`);
      }
      this.#reads += 1;
    }
  }
}
