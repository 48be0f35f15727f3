import type { OutboxDatabase } from '../ports.js';
import { shardOf } from '../shard-of.js';
import { notify } from '../statements/notify.js';
import { putBackKey } from '../statements/unpark-key.js';
import { givenKey } from './ask.js';
import { keyNotParked } from './parked-of-key.js';

/**
 * Sends what is set aside of a key again: in order, before anything newer of it, with its attempts from 0.
 *
 * @returns how many events were put back
 * @throws OutboxError OUTBOX_KEY_NOT_PARKED, OUTBOX_ASKED_WRONGLY
 */
export async function unparkKey(database: OutboxDatabase, key: string): Promise<{ readonly events: number }> {
  const shard = shardOf(givenKey(key));
  const events = await database.transaction(async (tx) => {
    const moved = await putBackKey(tx, shard, key, 'person');
    // Thrown in here, so that the shard is not rewound for nothing.
    if (moved === undefined) throw keyNotParked(key);
    return moved;
  });
  await notify(database, new Set([shard]));
  return { events };
}
