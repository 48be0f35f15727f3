import type { Authorization } from './authorization.js';
import { HashIndex } from './hash-index.js';
import type { Page } from './page.js';

/** A refund's or dispute's id, and the authorisation that it belongs to, as it is now. */
export type Owned = readonly [id: string, owner: Authorization];

/**
 * What is kept of one: the number of its authorisation times this, plus which of its it is, from 0. A line of so many
 * would not be a text that can be read.
 */
const OF_ONE = 2 ** 20;

/** All refunds, or all disputes. Those of an authorisation stay at their places in it, and new ones come behind. */
export class OwnedIndex {
  readonly #index: HashIndex;

  /** @param authorization by its number, as it is now */
  constructor(
    private readonly kind: 'refunds' | 'disputes',
    private readonly authorization: (number: number) => Authorization,
  ) {
    this.#index = new HashIndex((value) => [this.#read(value)?.[0]]);
  }

  get size(): number {
    return this.#index.size;
  }

  /** Takes in those that an authorisation has after a change and had not before. */
  add(number: number, before: Authorization | undefined, after: Authorization): void {
    const known = new Set(before?.[this.kind].map(({ id }) => id));
    for (const [place, { id }] of after[this.kind].entries()) {
      if (!known.has(id)) this.#index.add(id, number * OF_ONE + place);
    }
  }

  owner(id: string): Authorization | undefined {
    const entry = this.#index.find(id);
    return entry === undefined ? undefined : this.#read(this.#index.value(entry))?.[1];
  }

  /** Of all there are. Undefined: `after`, with which the page before ended, is none. */
  page(after: string | undefined, limit: number): Page<Owned> | undefined {
    const end = after === undefined ? this.size : this.#index.find(after);
    if (end === undefined) return undefined;
    const data: Owned[] = [];
    for (let entry = end - 1; entry >= Math.max(0, end - limit); entry -= 1) {
      const owned = this.#read(this.#index.value(entry));
      if (owned !== undefined) data.push(owned);
    }
    return { data, hasMore: end > limit };
  }

  /** Of one authorisation; none of one that is not there. Undefined: `after` is none of its. */
  pageOf(owner: Authorization | undefined, after: string | undefined, limit: number): Page<Owned> | undefined {
    const all = owner?.[this.kind] ?? [];
    const end = after === undefined ? all.length : all.findIndex(({ id }) => id === after);
    if (end < 0) return undefined;
    const newestFirst = all.slice(Math.max(0, end - limit), end).toReversed();
    return { data: newestFirst.flatMap(({ id }): Owned[] => (owner ? [[id, owner]] : [])), hasMore: end > limit };
  }

  #read(value: number): Owned | undefined {
    const owner = this.authorization(Math.floor(value / OF_ONE));
    const found = owner[this.kind][value % OF_ONE];
    return found && [found.id, owner];
  }
}
