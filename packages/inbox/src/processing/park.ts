import { errorText } from '@outrider/common';
import { keyWait } from '../settings.js';
import { insertParked } from '../statements/insert-parked.js';
import { lockPosition } from '../statements/lock-position.js';
import { parkKey } from '../statements/park-key.js';
import type { InboxContext } from './context.js';
import { BEHIND_PARKED_KEY } from './handle-in-transaction.js';
import type { ReadMessage } from './read-message.js';
import type { Committed } from './report-committed.js';
import type { Slice } from './slice.js';

/**
 * Parks messages of one key, of which the first failed, in a transaction. The key is RETRYING while it has attempts
 * left; a message without a key is the only one and is PARKED at once.
 *
 * @returns undefined when the slice does not fit the stored position any more
 */
export async function park<Tx>(
  context: InboxContext<Tx>,
  slice: Slice,
  messages: readonly ReadMessage[],
  error: unknown,
): Promise<Committed | undefined> {
  const { consumer, settings } = context;
  const reason = errorText(error);
  return context.transaction(async (tx) => {
    const sql = context.sql(tx);
    const position = await lockPosition(sql, consumer, slice.topic, slice.partition, slice.from, slice.next);
    if (position === undefined) return undefined;
    const rest = messages.filter(({ raw }) => raw.offset >= position.offset);
    const key = rest[0]?.key ?? null;
    if (key !== null) await parkKey(sql, consumer, slice.topic, key, reason, keyWait(settings, 1));
    await insertParked(
      sql,
      consumer,
      slice.topic,
      slice.partition,
      rest.map((message, index) => ({
        raw: message.raw,
        key: message.key,
        eventId: message.kind === 'readable' ? message.message.eventId : null,
        reason: index === 0 ? reason : message.kind === 'unreadable' ? message.reason : BEHIND_PARKED_KEY,
        attempts: message.key === null ? 1 : 0,
      })),
    );
    const unreadable = rest.filter(({ kind }) => kind === 'unreadable').length;
    return { parked: rest.length - unreadable, unreadable, afterCommit: undefined };
  });
}
