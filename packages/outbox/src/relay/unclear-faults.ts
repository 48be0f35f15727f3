import type { HeldEvent } from './held-event.js';

/** Since when each topic-partition fails without it being clear whether broker or event is at fault; kept between pages. */
export class UnclearFaults {
  readonly #sinceMs = new Map<string, number>();

  /** Records a failure of unclear fault. @returns for how many milliseconds, on the monotonic clock, they have lasted */
  failed(topicPartition: string, nowMs: number): number {
    const sinceMs = this.#sinceMs.get(topicPartition) ?? nowMs;
    this.#sinceMs.set(topicPartition, sinceMs);
    return nowMs - sinceMs;
  }

  /** Something else came of these: a later failure of unclear fault counts from then. */
  clear(events: readonly HeldEvent[]): void {
    if (this.#sinceMs.size === 0) return;
    for (const { topicPartition, topic } of events) {
      this.#sinceMs.delete(topicPartition);
      this.#sinceMs.delete(topic);
    }
  }
}
