import { OutboxError } from '../errors.js';
import type { OutboxDatabase } from '../ports.js';
import { shardOf } from '../shard-of.js';
import { discardParked } from '../statements/discard-key.js';
import { notify } from '../statements/notify.js';
import { checkedKey, checkedText, isUuid, invalidArgument } from './arguments.js';
import { keyNotParked } from './read-parked-key.js';

const MAX_IDS = 10_000;

export interface Discard {
  /** Only these of the key; default: all that is parked of it. */
  readonly eventIds?: readonly string[];
  /** Kept with each event. Required. */
  readonly reason: string;
  /** Who discards. Required. */
  readonly by: string;
}

/**
 * Discards parked events: they are never sent, not by a replay either, and are kept as a record with the reason. When the
 * last one of a key is discarded, later events of the key are sent again. All or nothing.
 *
 * @returns how many were discarded, and how many of the key stay parked
 * @throws OutboxError OUTBOX_KEY_NOT_PARKED, OUTBOX_EVENT_UNKNOWN (one of eventIds is not parked under this key),
 * OUTBOX_INVALID_ARGUMENT
 */
export async function discardKey(
  database: OutboxDatabase,
  key: string,
  { eventIds, reason, by }: Discard,
): Promise<{ readonly discarded: number; readonly left: number }> {
  const discarding = {
    shard: shardOf(checkedKey(key)),
    key,
    eventIds: eventIds === undefined ? null : [...new Set(eventIds.map((id) => id.toLowerCase()))],
    reason: checkedText('reason', reason),
    by: checkedText('by', by),
  };
  if (discarding.eventIds?.length === 0) throw invalidArgument('eventIds is empty');
  if ((discarding.eventIds?.length ?? 0) > MAX_IDS) throw invalidArgument(`eventIds has more than ${MAX_IDS} ids`);
  const malformed = discarding.eventIds?.find((id) => !isUuid(id));
  if (malformed !== undefined) throw eventNotParked(malformed, key);
  const result = await database.transaction(async (tx) => {
    const done = await discardParked(tx, discarding);
    // Thrown inside the transaction, so that nothing is discarded.
    if (done.discarded === 0 && done.left === 0) throw keyNotParked(key);
    if (discarding.eventIds !== null && done.discarded < discarding.eventIds.length)
      throw eventNotParked('one of them', key);
    return done;
  });
  await notify(database, new Set([discarding.shard]));
  return result;
}

function eventNotParked(what: string, key: string): OutboxError {
  return new OutboxError('OUTBOX_EVENT_UNKNOWN', `${what} is not parked under the key ${JSON.stringify(key)}`);
}
