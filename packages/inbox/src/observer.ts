import type { LogRange, TopicPartition } from './event-consumer.js';

/**
 * What became of a message: `handled` its effects are committed; `seen` they were before; `parked` it failed, or follows
 * a parked message of its key; `unreadable` it is parked because it could not be read.
 */
export type Outcome = 'handled' | 'seen' | 'parked' | 'unreadable';

/**
 * Why reading does not go on from a position: `gap` the log begins behind it, so messages were deleted unread;
 * `other-log` it was counted in another log of the same name: the topic was created again, or the broker lost the end of
 * its log.
 */
export type LogBreak = 'gap' | 'other-log';

/** Called with what happens, for metrics and alerts. Must neither block nor throw. */
export interface InboxObserver {
  /** Counts of messages, after the commit. */
  handled(topic: string, outcome: Outcome, count: number): void;
  /** Messages whose effects were committed before. */
  redelivered(topic: string, count: number): void;
  /** One transaction over a batch, begin to commit. */
  batch(topic: string, messages: number, seconds: number): void;
  /** How far the stored position is behind the end of the partition. */
  lag(topic: string, partition: number, events: number): void;
  /** A transient error: the batch is handled again. `code` is a SQLSTATE, an errno name or 'unknown'. */
  retried(topic: string, code: string): void;
  /** Alert: reading goes on at the beginning of the log, because the stored position does not belong to it. */
  logBroke(at: TopicPartition, kind: LogBreak, stored: bigint, log: LogRange): void;
  /** A batch did not fit the stored position and was not handled. */
  repositioned(at: TopicPartition): void;
  /** The partitions that this process holds, after a partition came or went. */
  assigned(partitions: readonly TopicPartition[]): void;
  /** The consumer failed and is replaced by a new one. */
  restarted(error: unknown): void;
  /** A handler's AfterCommit threw; the effects are committed. */
  afterCommitFailed(topic: string, error: unknown): void;
}
