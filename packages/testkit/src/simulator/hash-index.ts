import { hash } from './hash.js';
import { NumberList } from './number-list.js';

const FIRST_ROOM = 64;

/**
 * Finds numbers by names, and holds no name: an entry takes 20 bytes, and up to half as many again that are room. It is a
 * hash table with chains. Names of one hash are kept apart by reading the names back where the number says that they are.
 */
export class HashIndex {
  readonly #values = new NumberList(new Float64Array(FIRST_ROOM));
  readonly #hashes = new NumberList(new Uint32Array(FIRST_ROOM));
  /** by entry: the one before it in its chain, plus 1; 0 when it is the first */
  readonly #earlier = new NumberList(new Uint32Array(FIRST_ROOM));
  /** by chain: its newest entry, plus 1; 0 when there is none */
  #newest = new Uint32Array(FIRST_ROOM);

  /** @param namesOf the names that are to be found under a number, read from where they are */
  constructor(private readonly namesOf: (value: number) => readonly (string | undefined)[]) {}

  get size(): number {
    return this.#values.size;
  }

  /** Entries are counted from 0, in the order in which they are added; a name may have several. */
  add(name: string, value: number): void {
    if (this.size === this.#newest.length) this.#spread();
    this.#values.add(value);
    this.#hashes.add(hash(name));
    this.#earlier.add(this.#chain(this.size - 1));
  }

  /** The newest entry of a name. */
  find(name: string): number | undefined {
    return this.entries(name).next().value;
  }

  /** All entries of a name, the newest first. */
  *entries(name: string): Generator<number, undefined> {
    const sum = hash(name);
    for (let next = this.#newest[sum % this.#newest.length] ?? 0; next > 0; next = this.#earlier.at(next - 1)) {
      const entry = next - 1;
      if (this.#hashes.at(entry) === sum && this.namesOf(this.value(entry)).includes(name)) yield entry;
    }
    return undefined;
  }

  value(entry: number): number {
    return this.#values.at(entry);
  }

  replace(entry: number, value: number): void {
    this.#values.replace(entry, value);
  }

  /** Of all entries, as they are now. */
  values(): Iterable<number> {
    return this.#values.copy();
  }

  /** Makes an entry the newest of its chain. @returns the one before, plus 1 */
  #chain(entry: number): number {
    const chain = this.#hashes.at(entry) % this.#newest.length;
    const before = this.#newest[chain] ?? 0;
    this.#newest[chain] = entry + 1;
    return before;
  }

  /** As many chains as there will be entries. */
  #spread(): void {
    this.#newest = new Uint32Array(Math.ceil(this.size * 1.5));
    for (let entry = 0; entry < this.size; entry += 1) this.#earlier.replace(entry, this.#chain(entry));
  }
}
