import type { Log } from '@outrider/common';
import type { Consumer } from 'kafkajs';

/**
 * Tells Kafka now and then how far the database is, for those who look at lag there. Nothing reads it back: a commit
 * that is lost, late or refused changes nothing.
 */
export class LazyCommits {
  readonly #pending = new Map<string, { topic: string; partition: number; offset: string }>();
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> = Promise.resolve();
  #busy = false;

  constructor(
    private readonly consumer: Pick<Consumer, 'commitOffsets'>,
    everyMs: number,
    private readonly log: Log,
  ) {
    this.#timer = setInterval(() => void this.flush(), everyMs);
  }

  /** @param topic as Kafka knows it */
  note(topic: string, partition: number, next: bigint): void {
    this.#pending.set(`${topic} ${partition}`, { topic, partition, offset: String(next) });
  }

  /** Forgets what was noted: the partitions may be another's now. */
  clear(): void {
    this.#pending.clear();
  }

  flush(): Promise<void> {
    if (this.#busy || this.#pending.size === 0) return this.#running;
    this.#busy = true;
    this.#running = this.#commit();
    return this.#running;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #commit(): Promise<void> {
    const offsets = [...this.#pending.values()];
    this.#pending.clear();
    try {
      await this.consumer.commitOffsets(offsets);
    } catch (error) {
      this.log.debug({ err: error }, 'positions were not committed to Kafka; only its lag figures notice');
    } finally {
      this.#busy = false;
    }
  }
}
