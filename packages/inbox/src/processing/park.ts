import { errorText } from '@outrider/common';
import type { InboxContext } from './context.js';
import type { Entry } from './read-message.js';
import { BEHIND_PARKED_KEY, type Settled, type Slice } from './handle-in-transaction.js';
import { keyWait } from '../settings.js';
import { holdOffset } from '../statements/lock-position.js';
import { parkKey } from '../statements/park-key.js';
import { setAside } from '../statements/insert-parked.js';

/**
 * Sets the first of `entries`, whose handling failed, and those after it, all of one key, aside; the key is tried
 * again by itself while its budget lasts. A message without a key is alone and waits for a person at once.
 *
 * @returns undefined when the slice does not fit the stored position any more
 */
export async function park<Tx>(
  context: InboxContext<Tx>,
  slice: Slice,
  entries: readonly Entry[],
  error: unknown,
): Promise<Settled | undefined> {
  const { consumer, settings } = context;
  const reason = errorText(error);
  return context.transaction(async (tx) => {
    const sql = context.sql(tx);
    const stood = await holdOffset(sql, consumer, slice.topic, slice.partition, slice.from, slice.next);
    if (stood === undefined) return undefined;
    const rest = entries.filter((entry) => entry.raw.offset >= stood.at);
    const key = rest[0]?.key ?? null;
    if (key !== null) await parkKey(sql, consumer, slice.topic, key, reason, keyWait(settings, 1));
    await setAside(
      sql,
      consumer,
      slice.topic,
      slice.partition,
      rest.map((entry, index) => ({
        raw: entry.raw,
        key: entry.key,
        eventId: entry.kind === 'readable' ? entry.message.eventId : null,
        reason: index === 0 ? reason : entry.kind === 'unreadable' ? entry.reason : BEHIND_PARKED_KEY,
        attempts: entry.key === null ? 1 : 0,
      })),
    );
    const unreadable = rest.filter((entry) => entry.kind === 'unreadable').length;
    return { handled: 0, seen: 0, parked: rest.length - unreadable, unreadable, afterCommit: undefined };
  });
}
