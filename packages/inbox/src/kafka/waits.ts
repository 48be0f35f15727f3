/** Waits that are given up together. */
export class Waits {
  readonly #timers = new Set<NodeJS.Timeout>();

  /** Calls `then` after so many ms, unless all are given up before. */
  add(ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      then();
    }, ms);
    this.#timers.add(timer);
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
