import type { OutboxDatabase } from '../ports.js';
import { shardOf } from '../shard-of.js';
import { notify } from '../statements/notify.js';
import { retryParkedKey } from '../statements/retry-key.js';
import { DEFAULT_HORIZON, checkedKey } from './arguments.js';
import { keyNotParked } from './read-parked-key.js';

/**
 * Retries a parked key: its events are sent in order, before anything newer of it, with its attempts counted from 0. What
 * has never been sent is sent whatever its age. What had been sent, and was released by a replay, is not sent a second
 * time when it is older than the horizon: it is left as it was before that replay.
 *
 * @param options `horizon` as for startReplay
 * @returns how many events are pending again, and how many were left out
 * @throws OutboxError OUTBOX_KEY_NOT_PARKED, OUTBOX_INVALID_ARGUMENT
 */
export async function retryKey(
  database: OutboxDatabase,
  key: string,
  { horizon = DEFAULT_HORIZON }: { readonly horizon?: string } = {},
): Promise<{ readonly events: number; readonly leftOut: number }> {
  const shard = shardOf(checkedKey(key));
  const { moved, leftOut } = await database.transaction(async (tx) => {
    const done = await retryParkedKey(tx, shard, key, 'operator', horizon);
    // Thrown inside the transaction, so that the shard is not rewound for nothing.
    if (done === undefined) throw keyNotParked(key);
    return done;
  });
  await notify(database, new Set([shard]));
  return { events: moved, leftOut };
}
