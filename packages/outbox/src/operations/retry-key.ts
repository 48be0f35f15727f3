import type { OutboxDatabase } from '../ports.js';
import { shardOf } from '../shard-of.js';
import { notify } from '../statements/notify.js';
import { retryParkedKey } from '../statements/retry-key.js';
import { DEFAULT_HORIZON, givenKey } from './arguments.js';
import { keyNotParked } from './read-parked-key.js';

/**
 * Sends what is set aside of a key again: in order, before anything newer of it, with its attempts from 0. What has never
 * gone out does so whatever its age. What had gone out, and was put back by a replay, is not sent a second time when it is
 * older than the horizon: it is left as it was before that replay.
 *
 * @param options `horizon` as of startReplay
 * @returns how many events were put back, and how many were left out
 * @throws OutboxError OUTBOX_KEY_NOT_PARKED, OUTBOX_INVALID_ARGUMENT
 */
export async function retryKey(
  database: OutboxDatabase,
  key: string,
  { horizon = DEFAULT_HORIZON }: { readonly horizon?: string } = {},
): Promise<{ readonly events: number; readonly leftOut: number }> {
  const shard = shardOf(givenKey(key));
  const { moved, leftOut } = await database.transaction(async (tx) => {
    const done = await retryParkedKey(tx, shard, key, 'person', horizon);
    // Thrown in here, so that the shard is not rewound for nothing.
    if (done === undefined) throw keyNotParked(key);
    return done;
  });
  await notify(database, new Set([shard]));
  return { events: moved, leftOut };
}
