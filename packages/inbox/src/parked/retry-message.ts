import { errorText } from '@outrider/common';
import type { Position } from '../event-consumer.js';
import type { InboxContext } from '../processing/context.js';
import { readMessage } from '../processing/read-message.js';
import { reportCommitted } from '../processing/report-committed.js';
import { runHandler, type HandlerResult, type Progress } from '../processing/run-handler.js';
import { transientCode } from '../processing/transient.js';
import { countMessageFailure, deleteHandledMessage } from '../statements/finish-message-retry.js';
import { insertOpenIds } from '../statements/insert-open-ids.js';
import { lockParkedMessage, rawOf } from '../statements/read-parked.js';
import type { Subscription } from '../subscription.js';

/**
 * `handled`: its effects are committed; `failed`: it failed again, and one attempt was counted; `not-parked`: no message
 * is parked there; `has-key`: it belongs to a key, whose messages are retried together, in order.
 */
export type RetryMessageResult = 'handled' | 'failed' | 'not-parked' | 'has-key';

/**
 * Handles a parked message without a key.
 * @throws every transient error and every error before a handler was called; no attempt is counted
 */
export async function retryMessage<Tx>(
  context: InboxContext<Tx>,
  subscription: Subscription<unknown, Tx>,
  position: Position,
): Promise<RetryMessageResult> {
  const { consumer, pool, log } = context;
  const { topic, partition } = position;
  const progress = { handlerReached: false, attempts: 0 };
  let end: RetryMessageResult | HandlerResult;
  try {
    end = await attempt(context, subscription, position, progress);
  } catch (error) {
    if (!progress.handlerReached || transientCode(error) !== undefined) throw error;
    log.error({ err: error, topic, partition, offset: String(position.offset) }, 'a parked message failed again');
    await countMessageFailure(pool, consumer, position, progress.attempts, errorText(error));
    return 'failed';
  }
  if (typeof end === 'string') return end;
  await reportCommitted(context, { topic }, end);
  return 'handled';
}

async function attempt<Tx>(
  context: InboxContext<Tx>,
  subscription: Subscription<unknown, Tx>,
  position: Position,
  progress: Progress & { attempts: number },
): Promise<RetryMessageResult | HandlerResult> {
  const { consumer } = context;
  return context.transaction(async (tx) => {
    progress.handlerReached = false;
    const sql = context.sql(tx);
    const found = await lockParkedMessage(sql, consumer, position);
    if (found === undefined) return 'not-parked';
    if (found.key !== null) return 'has-key';
    progress.attempts = found.attempts;
    const message = readMessage(subscription.decode.bind(subscription), rawOf(found));
    if (message.kind === 'unreadable') {
      await countMessageFailure(sql, consumer, position, found.attempts, message.reason);
      return 'failed';
    }
    const ids = [{ eventId: message.message.eventId, key: null }];
    const { newIds } = await insertOpenIds(sql, consumer, position.topic, [], ids);
    const result = await runHandler(tx, subscription, [message], newIds, progress);
    await deleteHandledMessage(sql, consumer, position);
    return result;
  });
}
