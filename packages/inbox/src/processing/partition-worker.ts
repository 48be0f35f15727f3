import { backoffMs, pause } from '@outrider/common';
import type { InboxContext } from './context.js';
import type { BatchEnd, FetchedBatch } from '../event-consumer.js';
import { park } from './park.js';
import type { Subscription } from '../subscription.js';
import { readMessage, type Entry } from './read-message.js';
import { OtherLogError, settle, type Progress, type Settled, type Slice } from './handle-in-transaction.js';
import type { Together } from './transaction-batcher.js';
import { transientCode } from './transient.js';

/** 'left': the partition is being given up, or the trouble lasts; what is not settled comes again. */
type SliceEnd = 'settled' | 'moved' | 'left' | { readonly waitMs: number };

/** Thrown where the work on a slice cannot go on now, whoever's turn it is; never leaves this file. */
class NotNow extends Error {
  constructor(readonly end: SliceEnd) {
    super('not now');
  }
}

/** Takes the batches of one partition, one at a time, and settles them in the database. */
export class PartitionWorker<Tx> {
  /** Transient failures since the last success. */
  #failures = 0;

  constructor(
    private readonly context: InboxContext<Tx>,
    private readonly subscription: Subscription<unknown, Tx>,
    private readonly together: Together<Tx>,
  ) {}

  /** Settles a batch slice by slice. Never rejects for what a message or the database does. */
  async handle(batch: FetchedBatch): Promise<BatchEnd> {
    for (const slice of this.#slices(batch)) {
      if (!batch.isCurrent()) return { kind: 'done' };
      const end = await this.#settleSlice(batch, slice);
      if (end === 'moved') {
        this.context.observer.repositioned?.({ topic: batch.topic, partition: batch.partition });
        return { kind: 'moved' };
      }
      if (end === 'left') return { kind: 'done' };
      if (end !== 'settled') {
        // while nothing goes on the lag grows: whoever watches it must see that
        this.#tellLag(batch, slice.from);
        return { kind: 'wait', ms: end.waitMs };
      }
      batch.settled(slice.next);
      this.#tellLag(batch, slice.next);
    }
    return { kind: 'done' };
  }

  #tellLag({ topic, partition, highWatermark }: FetchedBatch, at: bigint): void {
    const behind = highWatermark - at;
    this.context.observer.lag?.(topic, partition, Number(behind > 0n ? behind : 0n));
  }

  *#slices(batch: FetchedBatch): Generator<Slice> {
    const { topic, partition, messages } = batch;
    const { maxBatch } = this.context.settings;
    const decode = this.subscription.decode.bind(this.subscription);
    let from = batch.from;
    let begin = 0;
    do {
      const part = messages.slice(begin, begin + maxBatch);
      begin += maxBatch;
      const last = part.at(-1);
      const next = begin >= messages.length || last === undefined ? batch.next : last.offset + 1n;
      yield { topic, partition, from, next, messages: part, entries: part.map((raw) => readMessage(decode, raw)) };
      from = next;
    } while (begin < messages.length);
  }

  async #settleSlice(batch: FetchedBatch, slice: Slice): Promise<SliceEnd> {
    try {
      const end = await this.together.settle(slice, () => this.#settleAlone(batch, slice));
      if (end === 'moved') return 'moved';
      if (end !== undefined) {
        this.#failures = 0;
        this.#count(slice.topic, end);
        await this.#hook(slice.topic, end);
      }
      return 'settled';
    } catch (error) {
      if (error instanceof NotNow) return error.end;
      throw error;
    }
  }

  async #settleAlone(batch: FetchedBatch, slice: Slice): Promise<void> {
    const error = await this.#attempt(batch, slice, slice, 'move');
    if (error === undefined) return;
    this.context.log.warn(
      {
        err: error.cause,
        topic: slice.topic,
        partition: slice.partition,
        from: String(slice.from),
        messages: slice.entries.length,
      },
      'a batch failed and is handled key by key',
    );
    for (const group of groupsByKey(slice.entries)) await this.#settleGroup(batch, slice, group);
    // everything is settled: only the position is left to move
    await this.#attempt(batch, slice, { ...slice, entries: [] }, 'move');
  }

  /** The messages of one key: together, else one by one up to the one that fails, which parks it and what follows. */
  async #settleGroup(batch: FetchedBatch, slice: Slice, group: readonly Entry[]): Promise<void> {
    let failed = await this.#attempt(batch, slice, { ...slice, entries: group }, 'hold');
    if (failed === undefined) return;
    let first = 0;
    if (group.length > 1) {
      for (; first < group.length; first += 1) {
        failed = await this.#attempt(batch, slice, { ...slice, entries: group.slice(first, first + 1) }, 'hold');
        if (failed !== undefined) break;
      }
    }
    if (failed === undefined) return;
    const { cause } = failed;
    const rest = group.slice(first);
    this.context.log.error(
      {
        err: cause,
        topic: slice.topic,
        partition: slice.partition,
        offset: String(rest[0]?.raw.offset),
        key: rest[0]?.key,
        following: rest.length - 1,
      },
      'a message failed: its key is parked',
    );
    await this.#patiently(batch, slice, () => park(this.context, slice, rest, cause));
  }

  /** @returns the error that is the messages' own fault, or undefined when they are settled */
  async #attempt(
    batch: FetchedBatch,
    whole: Slice,
    part: Slice,
    move: 'move' | 'hold',
  ): Promise<{ cause: unknown } | undefined> {
    const progress: Progress = { handlerReached: false };
    const started = performance.now();
    let ownFault: { cause: unknown } | undefined;
    const settled = await this.#patiently(batch, whole, async () => {
      try {
        const settled = await settle(this.context, this.subscription, [part], move, progress);
        return settled.fitting.has(part) ? settled : undefined;
      } catch (error) {
        if (error instanceof OtherLogError) return undefined;
        if (!progress.handlerReached || transientCode(error) !== undefined) throw error;
        ownFault = { cause: error };
        return 'own fault';
      }
    });
    if (settled === 'own fault') return ownFault;
    this.context.observer.batch?.(whole.topic, part.entries.length, (performance.now() - started) / 1_000);
    await this.#hook(whole.topic, settled);
    return undefined;
  }

  /** Runs a transaction until it succeeds, a few times at once; throws NotNow when it has to be left for later. */
  async #patiently<T extends Settled | 'own fault'>(
    batch: FetchedBatch,
    slice: Slice,
    work: () => Promise<T | undefined>,
  ): Promise<T> {
    const { settings, log, observer } = this.context;
    for (let tries = 1; ; tries += 1) {
      if (!batch.isCurrent()) throw new NotNow('left');
      try {
        const result = await work();
        if (result === undefined) throw new NotNow('moved');
        this.#failures = 0;
        if (result !== 'own fault') this.#count(slice.topic, result);
        return result;
      } catch (error) {
        if (error instanceof NotNow) throw error;
        const code = transientCode(error) ?? 'unknown';
        this.#failures += 1;
        observer.retried?.(slice.topic, code);
        const waitMs = backoffMs(this.#failures, settings.firstWaitMs, settings.longestWaitMs);
        const fields = {
          err: error,
          code,
          topic: slice.topic,
          partition: slice.partition,
          tries: this.#failures,
          waitMs,
        };
        if (code === 'unknown') log.error(fields, 'the inbox itself failed; the batch comes again');
        else log.warn(fields, 'a batch failed through no fault of its own; it comes again');
        if (tries >= settings.quickTries) throw new NotNow({ waitMs });
        await pause(Math.min(waitMs, settings.firstWaitMs));
      }
    }
  }

  #count(topic: string, settled: Settled): void {
    const { observer } = this.context;
    for (const outcome of ['handled', 'seen', 'parked', 'unreadable'] as const) {
      if (settled[outcome] > 0) observer.handled?.(topic, outcome, settled[outcome]);
    }
    if (settled.seen > 0) observer.redelivered?.(topic, settled.seen);
  }

  async #hook(topic: string, settled: Settled): Promise<void> {
    try {
      await settled.afterCommit?.();
    } catch (error) {
      this.context.log.error({ err: error, topic }, 'the work after a commit failed; the effects stay');
      this.context.observer.afterCommitFailed?.(topic, error);
    }
  }
}

/** The messages by key, keys in the order of their first message; a message without key is a group of its own. */
export function groupsByKey(entries: readonly Entry[]): Entry[][] {
  const groups: Entry[][] = [];
  const byKey = new Map<string, Entry[]>();
  for (const entry of entries) {
    const known = entry.key === null ? undefined : byKey.get(entry.key);
    if (known !== undefined) {
      known.push(entry);
      continue;
    }
    const group = [entry];
    groups.push(group);
    if (entry.key !== null) byKey.set(entry.key, group);
  }
  return groups;
}
