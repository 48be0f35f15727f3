/** Numbers that are added to one by one, of 4 or 8 bytes each. */
export class NumberList {
  #size = 0;

  /** @param numbers room for the first ones; its kind says what numbers there can be */
  constructor(private numbers: Uint32Array | Float64Array) {}

  get size(): number {
    return this.#size;
  }

  add(number: number): void {
    if (this.#size === this.numbers.length) this.#grow();
    this.numbers[this.#size] = number;
    this.#size += 1;
  }

  /** @throws RangeError when there are not so many yet */
  at(index: number): number {
    const number = index < this.#size ? this.numbers[index] : undefined;
    if (number === undefined) throw new RangeError(`There is no number ${index} of ${this.#size}.`);
    return number;
  }

  replace(index: number, number: number): void {
    this.numbers[index] = number;
  }

  /** As they are now. */
  copy(): Uint32Array | Float64Array {
    return this.numbers.slice(0, this.#size);
  }

  #grow(): void {
    // by half: what is left empty is memory too
    const length = Math.ceil(this.numbers.length * 1.5) + 1;
    const longer = this.numbers instanceof Float64Array ? new Float64Array(length) : new Uint32Array(length);
    longer.set(this.numbers);
    this.numbers = longer;
  }
}
