interface Stretch {
  readonly start: bigint;
  readonly reach: bigint;
}

/**
 * kafkajs walks over stretches of the log that hold nothing to read (control records, aborted transactions, compacted
 * away) by itself, without showing them. The next batch then begins behind the stored position though nothing was
 * skipped. Here is kept how far it walked from where it was known to stand, so that such a batch can be distinguished from one
 * that truly skips.
 */
export class SkippedStretches {
  readonly #stretches = new Map<string, Stretch>();

  /** The client reads on from exactly here. */
  at(topic: string, partition: number, offset: bigint): void {
    this.#stretches.set(`${topic} ${partition}`, { start: offset, reach: offset });
  }

  /** The client went over a stretch without messages, up to `next`. */
  walked(topic: string, partition: number, next: bigint): void {
    const stretch = this.#stretches.get(`${topic} ${partition}`);
    if (stretch !== undefined && next > stretch.reach) {
      this.#stretches.set(`${topic} ${partition}`, { start: stretch.start, reach: next });
    }
  }

  /** The offset from which on a batch fetched from `fetched` holds all there is. */
  from(topic: string, partition: number, fetched: bigint): bigint {
    const stretch = this.#stretches.get(`${topic} ${partition}`);
    return stretch !== undefined && stretch.reach === fetched ? stretch.start : fetched;
  }

  /** Where the client stands is not known any more: the partition came, or went, or was sought elsewhere. */
  forget(): void {
    this.#stretches.clear();
  }
}
