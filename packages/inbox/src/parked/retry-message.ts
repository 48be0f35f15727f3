import { errorText } from '@outrider/common';
import type { InboxContext } from '../processing/context.js';
import type { Subscription } from '../subscription.js';
import { readMessage } from '../processing/read-message.js';
import { splitByIds, type Progress } from '../processing/handle-in-transaction.js';
import { lockParkedMessage, rawOf } from '../statements/read-parked.js';
import { countFailure, releaseMessage } from '../statements/finish-message-retry.js';
import { transientCode } from '../processing/transient.js';
import type { MessagePlace } from './entries.js';

/**
 * `freed`: its effects are stored; `failed`: it failed again, one attempt counted; `absent`: no message is parked
 * there; `keyed`: it belongs to a key, whose messages are retried together, in order.
 */
export type RetryMessageEnd = 'freed' | 'failed' | 'absent' | 'keyed';

interface Round {
  readonly end: RetryMessageEnd;
  readonly afterCommit?: (() => Promise<void>) | undefined;
  readonly outcome?: 'handled' | 'seen';
}

/**
 * Handles a parked message without a key now.
 * @throws whatever is transient, or comes before a handler was called: nothing is counted
 */
export async function retryMessage<Tx>(
  context: InboxContext<Tx>,
  subscription: Subscription<unknown, Tx>,
  place: MessagePlace,
): Promise<RetryMessageEnd> {
  const { consumer, pool, observer, log } = context;
  const { topic, partition } = place;
  const progress: Progress & { attempts: number } = { handlerReached: false, attempts: 0 };
  let round: Round;
  try {
    round = await attempt(context, subscription, place, progress);
  } catch (error) {
    if (!progress.handlerReached || transientCode(error) !== undefined) throw error;
    log.error({ err: error, topic, partition, offset: String(place.offset) }, 'a parked message failed again');
    await countFailure(pool, consumer, place, progress.attempts, errorText(error));
    return 'failed';
  }
  if (round.outcome !== undefined) observer.handled?.(topic, round.outcome, 1);
  if (round.outcome === 'seen') observer.redelivered?.(topic, 1);
  try {
    await round.afterCommit?.();
  } catch (error) {
    log.error({ err: error, topic }, 'the work after a commit failed; the effects stay');
    observer.afterCommitFailed?.(topic, error);
  }
  return round.end;
}

async function attempt<Tx>(
  context: InboxContext<Tx>,
  subscription: Subscription<unknown, Tx>,
  place: MessagePlace,
  progress: Progress & { attempts: number },
): Promise<Round> {
  const { consumer } = context;
  return context.transaction(async (tx): Promise<Round> => {
    progress.handlerReached = false;
    const sql = context.sql(tx);
    const found = await lockParkedMessage(sql, consumer, place);
    if (found === undefined) return { end: 'absent' };
    if (found.key !== null) return { end: 'keyed' };
    progress.attempts = found.attempts;
    const entry = readMessage(subscription.decode.bind(subscription), rawOf(found));
    if (entry.kind === 'unreadable') {
      await countFailure(sql, consumer, place, found.attempts, entry.reason);
      return { end: 'failed' };
    }
    const { fresh, seen } = await splitByIds(sql, consumer, [entry]);
    progress.handlerReached = true;
    const afterCommit = (await subscription.handle(tx, fresh, seen)) ?? undefined;
    await releaseMessage(sql, consumer, place);
    return { end: 'freed', afterCommit, outcome: fresh.length > 0 ? 'handled' : 'seen' };
  });
}
