import { OutboxError } from '../errors.js';
import type { OutboxDatabase } from '../ports.js';
import { shardOf } from '../shard-of.js';
import { discardParked } from '../statements/discard-key.js';
import { notify } from '../statements/notify.js';
import { givenKey, givenText, isUuid, wrongly } from './arguments.js';
import { keyNotParked } from './read-parked-key.js';

const MOST_IDS = 10_000;

export interface Discard {
  /** Only these of the key; all that is set aside of it unless told. */
  readonly eventIds?: readonly string[];
  /** Kept with each event. Required. */
  readonly reason: string;
  /** Who says so. Required. */
  readonly by: string;
}

/**
 * Gives events up that are set aside: they are never sent, not by a replay either, and stay as a record with the reason.
 * With the last one of a key the key is free, and what is appended to it later flows. All or nothing.
 *
 * @returns how many were discarded, and how many of the key stay set aside
 * @throws OutboxError OUTBOX_KEY_NOT_PARKED, OUTBOX_EVENT_UNKNOWN (one of eventIds is not set aside under this key),
 * OUTBOX_INVALID_ARGUMENT
 */
export async function discardKey(
  database: OutboxDatabase,
  key: string,
  { eventIds, reason, by }: Discard,
): Promise<{ readonly discarded: number; readonly left: number }> {
  const asked = {
    shard: shardOf(givenKey(key)),
    key,
    eventIds: eventIds === undefined ? null : [...new Set(eventIds.map((id) => id.toLowerCase()))],
    reason: givenText('the reason', reason),
    by: givenText('who discards', by),
  };
  if (asked.eventIds?.length === 0) throw wrongly('no event is named');
  if ((asked.eventIds?.length ?? 0) > MOST_IDS) throw wrongly(`more than ${MOST_IDS} events are named`);
  const stranger = asked.eventIds?.find((id) => !isUuid(id));
  if (stranger !== undefined) throw notAside(stranger, key);
  const result = await database.transaction(async (tx) => {
    const done = await discardParked(tx, asked);
    // Thrown in here, so that nothing is discarded.
    if (done.discarded === 0 && done.left === 0) throw keyNotParked(key);
    if (asked.eventIds !== null && done.discarded < asked.eventIds.length) throw notAside('one of them', key);
    return done;
  });
  await notify(database, new Set([asked.shard]));
  return result;
}

function notAside(what: string, key: string): OutboxError {
  return new OutboxError('OUTBOX_EVENT_UNKNOWN', `${what} is not set aside under the key ${JSON.stringify(key)}`);
}
