import { errorText } from '@outrider/common';
import type { InboxContext } from '../processing/context.js';
import type { Subscription } from '../subscription.js';
import { readMessage, type Entry, type ReadableEntry } from '../processing/read-message.js';
import { keyWait } from '../settings.js';
import { splitByIds, type Progress } from '../processing/handle-in-transaction.js';
import { lockKey } from '../statements/lock-parked-key.js';
import { postponeKey } from '../statements/reschedule-key.js';
import { releaseKey } from '../statements/release-key.js';
import { takeMessages } from '../statements/read-key-messages.js';
import { transientCode } from '../processing/transient.js';

/**
 * `freed`: all messages of the key are handled and it flows again; `failed`: its first message failed again, one
 * attempt counted; `absent`: not parked, not due, or in other hands.
 */
export type RetryEnd = 'freed' | 'failed' | 'absent';

interface Round {
  readonly end: 'freed' | 'more' | 'absent' | 'unreadable';
  readonly afterCommit: (() => Promise<void>) | undefined;
  readonly handled: number;
  readonly seen: number;
  readonly attempts: number;
  readonly reason: string | undefined;
}

/**
 * Handles a parked key's messages in order, a chunk a transaction; when a chunk fails, one by one, so that what can
 * be handled is and the message that fails stands first.
 *
 * @param asked by a person: due or not
 * @throws whatever is transient, or comes before a handler was called: nothing is counted, it is tried again
 */
export async function retryKey<Tx>(
  context: InboxContext<Tx>,
  subscription: Subscription<unknown, Tx>,
  key: string,
  asked: boolean,
): Promise<RetryEnd> {
  const { consumer, pool, settings } = context;
  const { topic } = subscription;
  let limit = settings.maxBatch;
  for (let first = true; ; first = false) {
    const progress: Progress & { attempts: number } = { handlerReached: false, attempts: 0 };
    let round: Round;
    try {
      round = await retryRound(context, subscription, key, asked, limit, progress);
    } catch (error) {
      if (!progress.handlerReached || transientCode(error) !== undefined) throw error;
      if (limit > 1) {
        limit = 1;
        continue;
      }
      context.log.error({ err: error, topic, key, attempts: progress.attempts + 1 }, 'a parked key failed again');
      await postponeKey(
        pool,
        consumer,
        topic,
        key,
        progress.attempts,
        errorText(error),
        keyWait(settings, progress.attempts + 1),
      );
      return 'failed';
    }
    if (round.handled > 0) context.observer.handled?.(topic, 'handled', round.handled);
    if (round.seen > 0) {
      context.observer.handled?.(topic, 'seen', round.seen);
      context.observer.redelivered?.(topic, round.seen);
    }
    try {
      await round.afterCommit?.();
    } catch (error) {
      context.log.error({ err: error, topic, key }, 'the work after a commit failed; the effects stay');
      context.observer.afterCommitFailed?.(topic, error);
    }
    switch (round.end) {
      case 'more':
        continue;
      case 'freed':
        return 'freed';
      case 'absent':
        return first ? 'absent' : 'freed';
      case 'unreadable':
        await postponeKey(pool, consumer, topic, key, round.attempts, round.reason ?? 'unreadable', null);
        return 'failed';
      default:
        return round.end satisfies never;
    }
  }
}

async function retryRound<Tx>(
  context: InboxContext<Tx>,
  subscription: Subscription<unknown, Tx>,
  key: string,
  asked: boolean,
  limit: number,
  progress: Progress & { attempts: number },
): Promise<Round> {
  const { consumer } = context;
  const { topic } = subscription;
  const decode = subscription.decode.bind(subscription);
  return context.transaction(async (tx): Promise<Round> => {
    progress.handlerReached = false;
    const sql = context.sql(tx);
    const attempts = await lockKey(sql, consumer, topic, key, asked);
    const nothing = { afterCommit: undefined, handled: 0, seen: 0, attempts: attempts ?? 0, reason: undefined };
    if (attempts === undefined) return { end: 'absent', ...nothing };
    progress.attempts = attempts;
    const taken = await takeMessages(sql, consumer, topic, key, limit);
    const entries = taken.map((raw) => readMessage(decode, raw));
    const readable = leadingReadable(entries);
    const unreadable = entries[readable.length];
    if (readable.length === 0 && unreadable?.kind === 'unreadable') {
      return { end: 'unreadable', ...nothing, reason: unreadable.reason };
    }
    const { fresh, seen } = await splitByIds(sql, consumer, readable);
    let afterCommit: Round['afterCommit'];
    if (readable.length > 0) {
      progress.handlerReached = true;
      afterCommit = (await subscription.handle(tx, fresh, seen)) ?? undefined;
    }
    const freed = await releaseKey(sql, consumer, topic, key, readable.at(-1)?.raw);
    return {
      end: freed ? 'freed' : 'more',
      afterCommit,
      handled: fresh.length,
      seen: seen.length,
      attempts,
      reason: undefined,
    };
  });
}

function leadingReadable(entries: readonly Entry[]): ReadableEntry[] {
  const readable: ReadableEntry[] = [];
  for (const entry of entries) {
    if (entry.kind === 'unreadable') break;
    readable.push(entry);
  }
  return readable;
}
