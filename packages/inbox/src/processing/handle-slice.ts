import { backoffMs, pause } from '@outrider/common';
import type { BatchEnd } from '../event-consumer.js';
import type { Subscription } from '../subscription.js';
import type { InboxContext } from './context.js';
import { handleInTransaction, OtherLogError, type PositionUse } from './handle-in-transaction.js';
import { park } from './park.js';
import type { ReadMessage } from './read-message.js';
import { reportCommitted, type Committed } from './report-committed.js';
import type { Progress } from './run-handler.js';
import { groupsByKey, type Slice } from './slice.js';
import { transientCode } from './transient.js';

/** `committed`, or how the batch of the slice ends: what is not committed is read again. */
export type SliceEnd = 'committed' | BatchEnd;

/** A slice to handle, with the state of its partition. */
export interface SliceWork {
  readonly slice: Slice;
  /** false as soon as the partition is to be given up */
  readonly isCurrent: () => boolean;
  /** transient failures of the partition since its last commit */
  readonly failures: { count: number };
}

/** An error that is the messages' own fault. */
class Failed {
  constructor(readonly error: unknown) {}
}

/**
 * Handles a slice by itself. When its transaction fails through the messages' own fault, it is handled key by key, and
 * each key that fails is parked with the message that fails first.
 */
export async function handleSlice<Tx>(
  context: InboxContext<Tx>,
  subscription: Subscription<unknown, Tx>,
  work: SliceWork,
): Promise<SliceEnd> {
  const { slice } = work;
  const end = await handlePart(context, subscription, work, slice.toHandle, 'advance');
  if (!(end instanceof Failed)) return end;
  context.log.warn(
    {
      err: end.error,
      topic: slice.topic,
      partition: slice.partition,
      from: String(slice.from),
      messages: slice.toHandle.length,
    },
    'a batch failed and is handled key by key',
  );
  for (const group of groupsByKey(slice.toHandle)) {
    const groupEnd = await handleKey(context, subscription, work, group);
    if (groupEnd !== 'committed') return groupEnd;
  }
  // every message is handled or parked: only the position is left to advance
  const rest = { ...slice, toHandle: [] };
  return untilCommitted<Tx>(context, work, () =>
    commit(context, subscription, rest, 'advance', { handlerReached: false }),
  );
}

/** The messages of one key: together, else one by one up to the one that fails, which parks it and what follows. */
async function handleKey<Tx>(
  context: InboxContext<Tx>,
  subscription: Subscription<unknown, Tx>,
  work: SliceWork,
  group: readonly ReadMessage[],
): Promise<SliceEnd> {
  let end = await handlePart(context, subscription, work, group, 'hold');
  let first = 0;
  if (end instanceof Failed && group.length > 1) {
    for (; first < group.length; first += 1) {
      end = await handlePart(context, subscription, work, group.slice(first, first + 1), 'hold');
      if (end !== 'committed') break;
    }
  }
  if (!(end instanceof Failed)) return end;
  const { error } = end;
  const { topic, partition } = work.slice;
  const rest = group.slice(first);
  const key = rest[0]?.key ?? null;
  context.log.error(
    {
      err: error,
      topic,
      partition,
      offset: String(rest[0]?.raw.offset),
      eventId: eventIdOf(rest[0]),
      key,
      following: rest.length - 1,
    },
    key === null ? 'a message without a key failed and is PARKED' : 'a message failed and its key is RETRYING',
  );
  return untilCommitted<Tx>(context, work, () => park(context, work.slice, rest, error));
}

/** undefined for a message that cannot be read */
function eventIdOf(message: ReadMessage | undefined): string | undefined {
  return message?.kind === 'readable' ? message.message.eventId : undefined;
}

async function handlePart<Tx>(
  context: InboxContext<Tx>,
  subscription: Subscription<unknown, Tx>,
  work: SliceWork,
  toHandle: readonly ReadMessage[],
  position: PositionUse,
): Promise<SliceEnd | Failed> {
  return untilCommitted<Tx, Failed>(context, work, async () => {
    const progress: Progress = { handlerReached: false };
    try {
      return await commit(context, subscription, { ...work.slice, toHandle }, position, progress);
    } catch (error) {
      if (!progress.handlerReached || transientCode(error) !== undefined) throw error;
      return new Failed(error);
    }
  });
}

/** @returns undefined when the slice does not fit the stored position */
async function commit<Tx>(
  context: InboxContext<Tx>,
  subscription: Subscription<unknown, Tx>,
  slice: Slice,
  position: PositionUse,
  progress: Progress,
): Promise<Committed | undefined> {
  const started = performance.now();
  try {
    const { fitting, ...committed } = await handleInTransaction(context, subscription, [slice], position, progress);
    if (!fitting.has(slice)) return undefined;
    context.observer.batch?.(slice.topic, slice.toHandle.length, (performance.now() - started) / 1_000);
    return committed;
  } catch (error) {
    if (error instanceof OtherLogError) return undefined;
    throw error;
  }
}

/**
 * Runs a transaction until it commits, a few times at once.
 * @param run undefined when the slice does not fit the stored position; rejects when it should run again
 */
async function untilCommitted<Tx, F extends Failed = never>(
  context: InboxContext<Tx>,
  { slice: { topic, partition }, isCurrent, failures }: SliceWork,
  run: () => Promise<Committed | F | undefined>,
): Promise<SliceEnd | F> {
  const { settings, log, observer } = context;
  for (let tries = 1; ; tries += 1) {
    if (!isCurrent()) return { kind: 'done' };
    let result: Committed | F | undefined;
    try {
      result = await run();
    } catch (error) {
      const code = transientCode(error) ?? 'unknown';
      failures.count += 1;
      observer.retried?.(topic, code);
      const waitMs = backoffMs(failures.count, settings.firstWaitMs, settings.longestWaitMs);
      const fields = { err: error, code, topic, partition, tries: failures.count, waitMs };
      if (code === 'unknown') log.error(fields, 'the inbox itself failed; the batch is tried again');
      else log.warn(fields, 'a batch failed with a transient error; it is tried again');
      if (tries >= settings.quickTries) return { kind: 'wait', ms: waitMs };
      await pause(Math.min(waitMs, settings.firstWaitMs));
      continue;
    }
    if (result === undefined) return { kind: 'reposition' };
    failures.count = 0;
    if (result instanceof Failed) return result;
    await reportCommitted(context, { topic }, result);
    return 'committed';
  }
}
