/** Products that are remembered: those changed last. */
const MOST = 10_000;

/**
 * The versions that this process has assigned to changes that were committed. After a restore of the database while it
 * runs, they must not be assigned again: readers would take the next change for one that they have already.
 */
export class AssignedVersions {
  readonly #last = new Map<string, number>();

  /** The version of a product's next change. */
  next(productId: string, present: number): number {
    return Math.max(present, this.#last.get(productId) ?? 0) + 1;
  }

  /** To be called after the commit. */
  assigned(productId: string, version: number): void {
    if (version <= (this.#last.get(productId) ?? 0)) return;
    this.#last.delete(productId);
    this.#last.set(productId, version);
    if (this.#last.size <= MOST) return;
    const [oldest] = this.#last.keys();
    if (oldest !== undefined) this.#last.delete(oldest);
  }
}
