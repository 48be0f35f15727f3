const MOST = 10_000;

/** The traces that are not sent by their ratio, and in which something failed in this process: the latest of them. */
class FailedTraces {
  readonly #ids = new Set<string>();

  add(traceId: string): void {
    this.#ids.add(traceId);
    if (this.#ids.size <= MOST) return;
    const [oldest] = this.#ids;
    if (oldest !== undefined) this.#ids.delete(oldest);
  }

  has(traceId: string): boolean {
    return this.#ids.has(traceId);
  }
}

export const failedTraces = new FailedTraces();
