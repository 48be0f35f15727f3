/** The generation of keys as the database keeps it. */
export interface GenerationStore {
  read(): Promise<number>;
  /** makes a new one and returns it; what stands under older ones is given up */
  raise(): Promise<number>;
}

/**
 * Which keys in Redis may be believed. After something that may have left old levels there (a write that failed, a
 * connection that was new) there is a doubt; the generation is raised in the database before Redis is believed again.
 */
export class CacheGeneration {
  #known: number | undefined;
  // doubts are counted and not flagged: one that comes while the generation is being raised needs a raise of its own
  #doubts = 1;
  #settled = 0;
  #settling: Promise<void> | undefined;

  constructor(private readonly store: GenerationStore) {}

  /** The generation to read under; undefined while there is a doubt. */
  get trusted(): number | undefined {
    return this.#settled === this.#doubts ? this.#known : undefined;
  }

  /** What Redis holds may be old. */
  doubt(): void {
    this.#doubts += 1;
  }

  /** Another process may have raised it. */
  adopt(seen: number): void {
    if (this.#known === undefined || seen > this.#known) this.#known = seen;
  }

  /** Raises the generation until no doubt is left; rejects, and leaves the doubt, when the database does not answer. */
  settle(): Promise<void> {
    this.#settling ??= this.#raise().finally(() => {
      this.#settling = undefined;
    });
    return this.#settling;
  }

  /** Looks whether another process raised it. */
  async refresh(): Promise<void> {
    if (this.trusted === undefined) return this.settle();
    const known = this.#known ?? 0;
    const seen = await this.store.read();
    // the database went back in time: it was restored
    if (seen < known) this.doubt();
    this.adopt(seen);
    return this.settle();
  }

  async #raise(): Promise<void> {
    while (this.#settled < this.#doubts) {
      const doubts = this.#doubts;
      this.adopt(await this.store.raise());
      this.#settled = doubts;
    }
  }
}
