import { setTimeout as sleep } from 'node:timers/promises';
import type { EventConsumer, TopicPartition } from './event-consumer.js';
import type { Log } from './observer.js';
import type { SqlClient } from './ports.js';
import { readPositions } from './statements/read-positions.js';

/** For how long somebody who asks waits for the broker, ms; the look goes on by itself meanwhile. */
const PATIENCE_MS = 3_000;

export interface HeardUntilOptions {
  /** as the inbox is called whose positions these are */
  readonly consumer: string;
  readonly topic: string;
  readonly source: Pick<EventConsumer, 'logRanges'>;
  readonly pool: SqlClient;
  readonly log: Log;
}

/** Where a log ended at a time, by the database's clock. */
interface Ends {
  readonly at: Date;
  readonly ends: readonly (TopicPartition & { readonly end: bigint })[];
}

/**
 * Knows up to when everything that was said on a topic has been handled, by whichever process of the consumer. A clock
 * that gives up on somebody who does not answer asks this first: after an outage the answers of before stand in the log
 * unread, and nobody is late of whom one has not listened.
 */
export class HeardUntil {
  #until = new Date(0);
  /** where the log ended at a time; until the positions are there */
  #waiting: Ends | undefined;
  #looking: Promise<void> | undefined;

  constructor(private readonly options: HeardUntilOptions) {}

  /** The time, by the database's clock, as it was found last. */
  get until(): Date {
    return this.#until;
  }

  /**
   * Was everything handled that was said up to then? Looks, when that is not known yet; a broker or database that does
   * not answer soon is a no.
   */
  async hasHeard(moment: Date): Promise<boolean> {
    if (moment <= this.#until) return true;
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    try {
      await Promise.race([this.#looking, sleep(PATIENCE_MS, undefined, { ref: false })]);
    } catch (error) {
      const { topic } = this.options;
      this.options.log.warn({ err: error, topic }, 'how far this topic is read is not known; clocks wait');
    }
    return moment <= this.#until;
  }

  /**
   * What is not heard yet is looked for again by the next look, so that a log which grows all the time does not put it
   * off for ever.
   */
  async #look(): Promise<void> {
    this.#waiting ??= await this.#ends();
    const { at, ends } = this.#waiting;
    const { consumer, pool } = this.options;
    const positions = await readPositions(pool, consumer, ends);
    const heard = ends.every(({ partition, end }) => {
      const position = positions.find((one) => one.partition === partition);
      return end === 0n || (position !== undefined && position.offset >= end);
    });
    if (!heard) return;
    this.#until = at;
    this.#waiting = undefined;
  }

  async #ends(): Promise<Ends> {
    const { pool, source, topic } = this.options;
    // the time before the ends: what comes in between is only more
    const { rows } = await pool.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
    const [row] = rows;
    if (row === undefined) throw new RangeError('the database gave no time');
    const ranges = await source.logRanges([topic]);
    return {
      at: new Date(row.now),
      ends: ranges.map(({ partition, high }) => ({ topic, partition, end: high })),
    };
  }
}
