/** Ids of one statement. */
const MOST = 200;

interface Waiting<V> {
  readonly answer: (value: V | undefined) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Reads by id: what is asked for in one turn of the event loop is read together, so that under load a statement answers many
 * requests. Each read begins after all of its requests have come, so none is shown what was there before it asked.
 */
export class ReadTogether<V> {
  #waiting = new Map<string, Waiting<V>[]>();

  /** @param read what is there; ids that lead nowhere are left out */
  constructor(private readonly read: (ids: readonly string[]) => Promise<ReadonlyMap<string, V>>) {}

  /** Undefined when there is none. Rejects as `read` does, for all that were read together. */
  get(id: string): Promise<V | undefined> {
    return new Promise((answer, fail) => {
      if (this.#waiting.size === 0) setImmediate(() => this.#readAll());
      const same = this.#waiting.get(id);
      if (same === undefined) this.#waiting.set(id, [{ answer, fail }]);
      else same.push({ answer, fail });
    });
  }

  #readAll(): void {
    const all = [...this.#waiting];
    this.#waiting = new Map();
    for (let from = 0; from < all.length; from += MOST) void this.#answer(all.slice(from, from + MOST));
  }

  async #answer(some: readonly (readonly [string, readonly Waiting<V>[]])[]): Promise<void> {
    try {
      const found = await this.read(some.map(([id]) => id));
      for (const [id, waiting] of some) for (const { answer } of waiting) answer(found.get(id));
    } catch (error) {
      for (const [, waiting] of some) for (const { fail } of waiting) fail(error);
    }
  }
}
