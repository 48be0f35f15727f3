import { eventOf } from '../events.js';
import type { SubjectConfig } from './protocol.js';

const BATCH = 2_000;
/** A larger backlog sends these again: they are made before the clock runs, and memory is finite. */
const MOST_MADE = 200_000;

/** The backlog of a Kafka client that is measured by itself: what the relay would send, at hand as messages. */
export class RawBatches<Message> {
  #batches: readonly Message[][] = [];
  #count = 0;

  fill(
    { keys, topic }: SubjectConfig,
    events: number,
    messageOf: (event: ReturnType<typeof eventOf>) => Message,
  ): void {
    const made = Math.min(events, MOST_MADE);
    this.#batches = Array.from({ length: Math.ceil(made / BATCH) }, (_, batch) =>
      Array.from({ length: Math.min(BATCH, events - batch * BATCH) }, (_, index) => {
        const n = batch * BATCH + index;
        return messageOf(eventOf(topic, keys[n % keys.length] ?? '', n));
      }),
    );
    this.#count = Math.ceil(events / BATCH);
  }

  /** Sends all of it: each producer one batch after the other. */
  async send<P>(producers: readonly P[], send: (producer: P, batch: Message[]) => Promise<unknown>): Promise<void> {
    let next = 0;
    await Promise.all(
      producers.map(async (producer) => {
        while (next < this.#count) {
          const batch = this.#batches[next % this.#batches.length] ?? [];
          next += 1;
          await send(producer, batch);
        }
      }),
    );
  }
}
