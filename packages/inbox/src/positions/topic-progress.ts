import { setTimeout as sleep } from 'node:timers/promises';
import type { Log, SqlClient } from '@outrider/common';
import type { EventConsumer, LogRange, TopicPartition } from '../event-consumer.js';
import { readPositions } from '../statements/read-positions.js';
import { compareLogs } from './compare-logs.js';

/** How long a caller waits for broker and database; the lookup itself goes on after that. */
const LOOKUP_WAIT_MS = 3_000;

export interface TopicProgressOptions {
  /** the name of the inbox whose positions these are */
  readonly consumer: string;
  readonly topics: readonly string[];
  readonly source: Pick<EventConsumer, 'logRanges' | 'messagesAt'>;
  readonly pool: SqlClient;
  readonly log: Log;
}

/** Where the log ended at a time, by the database's clock. */
interface LogEnds {
  readonly at: Date;
  readonly ends: readonly (TopicPartition & LogRange)[];
}

/**
 * Knows up to which time every message of some topics has been handled, by whichever process of the consumer. To be asked
 * before anything is given up because no answer came in time: after an outage, answers may lie in the log unread.
 */
export class TopicProgress {
  #handledUntil = new Date(0);
  /** the ends of the log that the positions have not reached yet */
  #target: LogEnds | undefined;
  #lookup: Promise<void> | undefined;

  constructor(private readonly options: TopicProgressOptions) {}

  /** The time found by the last lookup, by the database's clock. */
  get handledUntil(): Date {
    return this.#handledUntil;
  }

  /**
   * Has every message that was in the log at that time been handled? Looks it up when it is not known yet; false when
   * broker or database do not answer within three seconds.
   */
  async hasHandledUntil(time: Date): Promise<boolean> {
    if (time <= this.#handledUntil) return true;
    this.#lookup ??= this.#look().finally(() => (this.#lookup = undefined));
    try {
      await Promise.race([this.#lookup, sleep(LOOKUP_WAIT_MS, undefined, { ref: false })]);
    } catch (error) {
      const { topics } = this.options;
      this.options.log.warn({ err: error, topics }, 'the progress on topics is not known; deadlines wait');
    }
    return time <= this.#handledUntil;
  }

  /**
   * Ends that were not reached stay the target of the next lookup, so that a log which grows all the time does not put
   * it off forever. A log that ends before them is another one, in which they are never reached.
   */
  async #look(): Promise<void> {
    const current = await this.#logEnds();
    const target = this.#target;
    this.#target = target === undefined || endsBefore(current, target) ? current : target;
    const { at, ends } = this.#target;
    const { consumer, pool, source } = this.options;
    const inLog = (await readPositions(pool, consumer, ends)).flatMap((position) => {
      const range = current.ends.find((end) => isSame(end, position));
      return range === undefined ? [] : [{ position, range }];
    });
    // a position that was counted in another log does not show what was read of this one
    const { same } = await compareLogs(source, inLog);
    const reached = ends.every(
      (end) => end.high === 0n || same.some(({ position }) => isSame(position, end) && position.offset >= end.high),
    );
    if (!reached) return;
    this.#handledUntil = at;
    this.#target = undefined;
  }

  async #logEnds(): Promise<LogEnds> {
    const { pool, source, topics } = this.options;
    // the time before the ends: what comes in between is only more
    const { rows } = await pool.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
    const [row] = rows;
    if (row === undefined) throw new RangeError('the database returned no time');
    return { at: new Date(row.now), ends: await source.logRanges(topics) };
  }
}

function endsBefore(current: LogEnds, target: LogEnds): boolean {
  return target.ends.some((before) => current.ends.some((end) => isSame(end, before) && end.high < before.high));
}

function isSame(one: TopicPartition, other: TopicPartition): boolean {
  return one.topic === other.topic && one.partition === other.partition;
}
