import type { Log } from '@outrider/common';
import type { PartitionHandler, Position, TopicPartition } from '../event-consumer.js';

/**
 * Checks at intervals whether database and log are still those that were read from. A database that was restored from a
 * backup lacks the latest effects; the next batch of a partition would show that (it does not fit the stored position),
 * but where nothing comes that may be long, and what was lost would wait. A topic that was deleted and created again
 * between two fetches may have grown beyond the position: then nothing else shows it.
 */
export class PositionCheck {
  readonly #reached = new Map<string, Position>();
  readonly #timer: NodeJS.Timeout;
  #running = false;

  constructor(
    private readonly handler: Pick<PartitionHandler, 'positions'>,
    everyMs: number,
    private readonly log: Log,
    private readonly readAgain: (partitions: readonly TopicPartition[]) => void,
  ) {
    this.#timer = setInterval(() => void this.#check(), everyMs);
  }

  /** Everything before this was read and is committed. */
  reached(position: Position): void {
    this.#reached.set(nameOf(position), position);
  }

  /** After a new assignment: the partitions may belong to another member. */
  forget(): void {
    this.#reached.clear();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #check(): Promise<void> {
    // copied before the query: positions only rise, so one below the copy was restored to an older state
    const reached = new Map(this.#reached);
    if (this.#running || reached.size === 0) return;
    this.#running = true;
    try {
      const stored = new Map<string, bigint>();
      for (const position of await this.handler.positions([...reached.values()])) {
        stored.set(nameOf(position), position.offset);
      }
      const behind = [...reached].filter(
        ([name, { offset }]) => (stored.get(name) ?? -1n) < offset && this.#reached.has(name),
      );
      for (const [name] of behind) this.#reached.delete(name);
      if (behind.length > 0) this.readAgain(behind.map(([, { topic, partition }]) => ({ topic, partition })));
    } catch (error) {
      this.log.debug({ err: error }, 'the stored positions could not be compared with the log');
    } finally {
      this.#running = false;
    }
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic} ${partition}`;
}
