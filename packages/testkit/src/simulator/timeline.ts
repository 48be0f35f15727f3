import { NumberList } from './number-list.js';

/** A span of time: `from` is in it, `to` is not. Times in ISO 8601, UTC, with milliseconds. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

/** When things were made, by their numbers from 0, so that a page of them is found without going through all. */
export class Timeline {
  /** in ms since 1970; never younger before older: a clock that was set back stands still for a while */
  readonly #times = new NumberList(new Float64Array(64));

  /** The time for what is made now. */
  now(): string {
    return new Date(this.#notBefore(Date.now())).toISOString();
  }

  add(createdAt: string): void {
    this.#times.add(this.#notBefore(Date.parse(createdAt)));
  }

  /** The numbers of a span that are below `before`, `limit` at most. */
  newestFirst({ from, to }: Span, before: number, limit: number): number[] {
    const end = Math.min(before, this.#firstFrom(Date.parse(to)));
    const start = Math.max(this.#firstFrom(Date.parse(from)), end - limit);
    return Array.from({ length: Math.max(0, end - start) }, (_, index) => end - 1 - index);
  }

  /** How many are older than `time`. */
  #firstFrom(time: number): number {
    let low = 0;
    let high = this.#times.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#times.at(middle) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #notBefore(time: number): number {
    const last = this.#times.size > 0 ? this.#times.at(this.#times.size - 1) : 0;
    return time > last ? time : last;
  }
}
