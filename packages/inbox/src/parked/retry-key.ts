import { errorText } from '@outrider/common';
import type { InboxContext } from '../processing/context.js';
import { readMessage, type ReadableMessage, type ReadMessage } from '../processing/read-message.js';
import { reportCommitted } from '../processing/report-committed.js';
import { runHandler, type HandlerResult, type Progress } from '../processing/run-handler.js';
import { transientCode } from '../processing/transient.js';
import { keyWait } from '../settings.js';
import { deleteHandled } from '../statements/delete-handled.js';
import { insertOpenIds } from '../statements/insert-open-ids.js';
import { lockParkedKey } from '../statements/lock-parked-key.js';
import { readKeyMessages } from '../statements/read-key-messages.js';
import { rescheduleKey } from '../statements/reschedule-key.js';
import type { Subscription } from '../subscription.js';

/**
 * `handled`: all its messages are, and the key is parked no more; `failed`: its first message failed again, and one
 * attempt was counted; `not-parked`: there is no such key, or, of 'due' ones, it is not due or somebody else retries it.
 */
export type RetryKeyResult = 'handled' | 'failed' | 'not-parked';

type Round =
  | { readonly end: 'handled' | 'more'; readonly result: HandlerResult }
  | { readonly end: 'not-parked' }
  | { readonly end: 'unreadable'; readonly attempts: number; readonly reason: string };

/**
 * Handles a parked key's messages in order, a chunk a transaction; when a chunk fails, one by one, so that what can
 * be handled is and the message that fails comes first.
 *
 * @param which 'due': only when its next attempt is due; 'any': an operator asked
 * @throws every transient error and every error before a handler was called; no attempt is counted
 */
export async function retryKey<Tx>(
  context: InboxContext<Tx>,
  subscription: Subscription<unknown, Tx>,
  key: string,
  which: 'due' | 'any',
): Promise<RetryKeyResult> {
  const { consumer, pool, settings, log } = context;
  const { topic } = subscription;
  let limit = settings.maxBatch;
  for (let first = true; ; first = false) {
    const progress = { handlerReached: false, attempts: 0 };
    let round: Round;
    try {
      round = await retryChunk(context, subscription, key, which, limit, progress);
    } catch (error) {
      if (!progress.handlerReached || transientCode(error) !== undefined) throw error;
      if (limit > 1) {
        limit = 1;
        continue;
      }
      const { attempts } = progress;
      const waitMs = keyWait(settings, attempts + 1);
      const state = waitMs === null ? 'PARKED' : 'RETRYING';
      log.error({ err: error, topic, key, attempts: attempts + 1, waitMs }, `a key failed again and is ${state}`);
      await rescheduleKey(pool, consumer, topic, key, attempts, errorText(error), waitMs);
      return 'failed';
    }
    switch (round.end) {
      case 'more':
        await reportCommitted(context, { topic, key }, round.result);
        continue;
      case 'handled':
        await reportCommitted(context, { topic, key }, round.result);
        return 'handled';
      case 'not-parked':
        return first ? 'not-parked' : 'handled';
      case 'unreadable':
        await rescheduleKey(pool, consumer, topic, key, round.attempts, round.reason, null);
        return 'failed';
      default:
        return round satisfies never;
    }
  }
}

async function retryChunk<Tx>(
  context: InboxContext<Tx>,
  subscription: Subscription<unknown, Tx>,
  key: string,
  which: 'due' | 'any',
  limit: number,
  progress: Progress & { attempts: number },
): Promise<Round> {
  const { consumer } = context;
  const { topic } = subscription;
  const decode = subscription.decode.bind(subscription);
  return context.transaction(async (tx): Promise<Round> => {
    progress.handlerReached = false;
    const sql = context.sql(tx);
    const attempts = await lockParkedKey(sql, consumer, topic, key, which);
    if (attempts === undefined) return { end: 'not-parked' };
    progress.attempts = attempts;
    const messages = (await readKeyMessages(sql, consumer, topic, key, limit)).map((raw) => readMessage(decode, raw));
    const readable = leadingReadable(messages);
    const next = messages[readable.length];
    if (readable.length === 0 && next?.kind === 'unreadable') {
      return { end: 'unreadable', attempts, reason: next.reason };
    }
    const ids = readable.map(({ message }) => ({ eventId: message.eventId, key }));
    // its key is locked already, and is the one that is retried
    const { newIds } = await insertOpenIds(sql, consumer, topic, [], ids);
    const result = await runHandler(tx, subscription, readable, newIds, progress);
    const done = await deleteHandled(sql, consumer, topic, key, readable.at(-1)?.raw);
    return { end: done ? 'handled' : 'more', result };
  });
}

function leadingReadable(messages: readonly ReadMessage[]): ReadableMessage[] {
  const readable: ReadableMessage[] = [];
  for (const message of messages) {
    if (message.kind === 'unreadable') break;
    readable.push(message);
  }
  return readable;
}
