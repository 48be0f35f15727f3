import type { Log } from '@outrider/common';
import type { Position } from '../event-consumer.js';

/**
 * Commits to Kafka now and then how far the database is, for tools that show lag. Nothing reads it back: a commit that is
 * lost, late or refused changes nothing.
 */
export class LazyCommits {
  readonly #pending = new Map<string, Position>();
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> = Promise.resolve();
  #busy = false;

  constructor(
    /** topics go by their names in Kafka */
    private readonly commit: (positions: readonly Position[]) => Promise<void>,
    everyMs: number,
    private readonly log: Log,
  ) {
    this.#timer = setInterval(() => void this.flush(), everyMs);
  }

  note(topic: string, partition: number, next: bigint): void {
    this.#pending.set(`${topic} ${partition}`, { topic, partition, offset: next });
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
    const positions = [...this.#pending.values()];
    this.#pending.clear();
    try {
      await this.commit(positions);
    } catch (error) {
      this.log.debug({ err: error }, 'positions were not committed to Kafka; only its lag figures notice');
    } finally {
      this.#busy = false;
    }
  }
}
