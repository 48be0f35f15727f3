/** The generation of keys as the database keeps it. */
export interface GenerationStore {
  read(): Promise<number>;
  /** makes a new one and returns it; keys of older ones are not read any more */
  raise(): Promise<number>;
}

/**
 * Which keys in Redis may be trusted. After something that may have left stale levels there (a write that failed, a new
 * connection) they are marked stale: the generation is raised in the database before Redis is trusted again.
 */
export class CacheGeneration {
  #known: number | undefined;
  // counted and not flagged: a mark that comes while the generation is being raised needs a raise of its own
  #marks = 1;
  #renewed = 0;
  #renewing: Promise<void> | undefined;

  constructor(private readonly store: GenerationStore) {}

  /** The generation to read under; undefined while keys are marked stale. */
  get trusted(): number | undefined {
    return this.#renewed === this.#marks ? this.#known : undefined;
  }

  /** What Redis holds may be stale. */
  markStale(): void {
    this.#marks += 1;
  }

  /** Another process may have raised it. */
  adopt(seen: number): void {
    if (this.#known === undefined || seen > this.#known) this.#known = seen;
  }

  /** Raises the generation until no mark is left; rejects, and leaves the mark, when the database does not answer. */
  renew(): Promise<void> {
    this.#renewing ??= this.#raise().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  /** Looks whether another process raised it. */
  async refresh(): Promise<void> {
    if (this.trusted === undefined) return this.renew();
    const known = this.#known ?? 0;
    const seen = await this.store.read();
    // the database went back in time: it was restored
    if (seen < known) this.markStale();
    this.adopt(seen);
    return this.renew();
  }

  async #raise(): Promise<void> {
    while (this.#renewed < this.#marks) {
      const marks = this.#marks;
      this.adopt(await this.store.raise());
      this.#renewed = marks;
    }
  }
}
