/** A span of time, and where in it to go on: `from` is in it, `to` is not. Times in ISO 8601, UTC, with milliseconds. */
export interface Span {
  readonly from: string;
  readonly to: string;
  /** the id that the page before ended with */
  readonly after: string | undefined;
}

interface Moment {
  readonly id: string;
  readonly createdAt: string;
}

/** What was made when, so that a page of it is found without going through all of it. */
export class Timeline {
  /** never younger before older: a clock that was set back stands still for a while */
  readonly #moments: Moment[] = [];
  readonly #places = new Map<string, number>();

  /** The time for what is made now. */
  now(): string {
    return this.#notBefore(new Date().toISOString());
  }

  add({ id, createdAt }: Moment): void {
    this.#places.set(id, this.#moments.length);
    this.#moments.push({ id, createdAt: this.#notBefore(createdAt) });
  }

  /** The ids of a span, `limit` at most; undefined when `after` was never made. */
  newestFirst({ from, to, after }: Span, limit: number): string[] | undefined {
    const place = after === undefined ? this.#moments.length : this.#places.get(after);
    if (place === undefined) return undefined;
    const end = Math.min(place, this.#firstFrom(to));
    const start = Math.max(this.#firstFrom(from), end - limit);
    return this.#moments
      .slice(start, Math.max(start, end))
      .toReversed()
      .map(({ id }) => id);
  }

  /** How many are older than `time`. */
  #firstFrom(time: string): number {
    let low = 0;
    let high = this.#moments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#moments[middle]?.createdAt ?? '') < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #notBefore(time: string): string {
    const last = this.#moments.at(-1)?.createdAt ?? '';
    return time < last ? last : time;
  }
}
