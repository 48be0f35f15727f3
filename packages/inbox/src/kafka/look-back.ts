import type { Log } from '@outrider/common';
import type { PartitionHandler, Position, TopicPartition } from '../event-consumer.js';

/**
 * Looks now and then whether database and log still are what was read from. A database that was restored from a backup
 * has forgotten the last of it; the next batch of a partition would show that (it does not fit the stored position), but
 * on a partition where nothing comes that may be long, and what was forgotten would wait. A topic that was deleted and
 * created again between two fetches may have grown beyond the position: then nothing else shows it.
 */
export class LookBack {
  readonly #reached = new Map<string, Position>();
  readonly #timer: NodeJS.Timeout;
  #looking = false;

  constructor(
    private readonly handler: Pick<PartitionHandler, 'positions'>,
    everyMs: number,
    private readonly log: Log,
    private readonly setBack: (partitions: readonly TopicPartition[]) => void,
  ) {
    this.#timer = setInterval(() => void this.#look(), everyMs);
  }

  /** The database has all before this, and it was read. */
  reached(position: Position): void {
    this.#reached.set(nameOf(position), position);
  }

  /** The partitions may be another's now. */
  forget(): void {
    this.#reached.clear();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    // taken before the database is asked: positions only rise, so one below this was set back
    const reached = new Map(this.#reached);
    if (this.#looking || reached.size === 0) return;
    this.#looking = true;
    try {
      const stored = new Map<string, bigint>();
      for (const position of await this.handler.positions([...reached.values()])) {
        stored.set(nameOf(position), position.offset);
      }
      const back = [...reached].filter(
        ([name, { offset }]) => (stored.get(name) ?? -1n) < offset && this.#reached.has(name),
      );
      for (const [name] of back) this.#reached.delete(name);
      if (back.length > 0) this.setBack(back.map(([, { topic, partition }]) => ({ topic, partition })));
    } catch (error) {
      this.log.debug({ err: error }, 'the stored positions could not be compared with the log');
    } finally {
      this.#looking = false;
    }
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic} ${partition}`;
}
