/** Some 10 MB. */
const MOST = 50_000;

/**
 * The charges that a walk has seen, the newest first. When there are too many the first are dropped: their orders are
 * the least likely to be still ahead.
 */
export class SeenCharges {
  readonly #names = new Set<string>();

  add(orderId: string, reference: string): void {
    this.#names.add(`${orderId} ${reference}`);
    if (this.#names.size <= MOST) return;
    const [first] = this.#names;
    if (first !== undefined) this.#names.delete(first);
  }

  has(orderId: string, reference: string): boolean {
    return this.#names.has(`${orderId} ${reference}`);
  }
}
