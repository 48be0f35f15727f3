import { setTimeout as sleep } from 'node:timers/promises';

/** Reads the metrics of processes again and again, as a Prometheus does, until it is disposed of. */
export class Scraping implements AsyncDisposable {
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;
  /** rounds of all processes that have been read */
  rounds = 0;

  constructor(
    private readonly urls: readonly string[],
    private readonly everyMs: number,
  ) {
    this.#loop = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      // what does not answer is not waited for longer than a Prometheus waits
      await Promise.all(
        this.urls.map((url) =>
          fetch(url, { signal: AbortSignal.timeout(10_000) }).then(
            async (answer) => void (await answer.arrayBuffer()),
            () => undefined,
          ),
        ),
      );
      this.rounds += 1;
      await sleep(this.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
