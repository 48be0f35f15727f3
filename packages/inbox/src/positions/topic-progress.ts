import { setTimeout as sleep } from 'node:timers/promises';
import type { Log, SqlClient } from '@outrider/common';
import type { EventConsumer, LogRange, TopicPartition } from '../event-consumer.js';
import { compareLogs } from './compare-logs.js';
import { readStandings } from '../statements/read-positions.js';

/** For how long somebody who asks waits for the broker, ms; the look goes on by itself meanwhile. */
const PATIENCE_MS = 3_000;

export interface HeardUntilOptions {
  /** as the inbox is called whose positions these are */
  readonly consumer: string;
  readonly topic: string;
  readonly source: Pick<EventConsumer, 'logRanges' | 'messagesAt'>;
  readonly pool: SqlClient;
  readonly log: Log;
}

/** Where a log ended at a time, by the database's clock. */
interface Ends {
  readonly at: Date;
  readonly ends: readonly (TopicPartition & LogRange)[];
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
   * off for ever. A log that ends before it did is another one: the ends of the old one are never reached.
   */
  async #look(): Promise<void> {
    const now = await this.#ends();
    const waiting = this.#waiting;
    this.#waiting = waiting === undefined || endsBefore(now, waiting) ? now : waiting;
    const { at, ends } = this.#waiting;
    const { consumer, pool, source } = this.options;
    const placed = (await readStandings(pool, consumer, ends)).flatMap((standing) => {
      const range = now.ends.find(({ partition }) => partition === standing.partition);
      return range === undefined ? [] : [{ standing, range }];
    });
    // a position that was counted in another log says nothing of what was read of this one
    const { same } = await compareLogs(source, placed);
    const heard = ends.every(
      ({ partition, high }) =>
        high === 0n || same.some(({ standing }) => standing.partition === partition && standing.offset >= high),
    );
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
    return { at: new Date(row.now), ends: await source.logRanges([topic]) };
  }
}

function endsBefore(now: Ends, then: Ends): boolean {
  return then.ends.some(({ partition, high }) =>
    now.ends.some((end) => end.partition === partition && end.high < high),
  );
}
