const MOST = 10_000;

/** The traces of the keys that this process dealt with last: log lines are written when no span is active any more. */
class RecentTraces {
  readonly #byKey = new Map<string, string>();

  set(key: string, traceId: string): void {
    this.#byKey.delete(key);
    this.#byKey.set(key, traceId);
    if (this.#byKey.size <= MOST) return;
    const [oldest] = this.#byKey.keys();
    if (oldest !== undefined) this.#byKey.delete(oldest);
  }

  of(key: unknown): string | undefined {
    return typeof key === 'string' ? this.#byKey.get(key) : undefined;
  }
}

export const recentTraces = new RecentTraces();
