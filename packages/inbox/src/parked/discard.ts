import type { InboxContext } from '../processing/context.js';
import { discardOfKey, discardOne, freeKey, type Discard } from '../statements/discard.js';
import { lockKey } from '../statements/lock-parked-key.js';
import { lockParkedMessage, readParkedMessage } from '../statements/read-parked.js';
import type { MessagePlace } from './entries.js';

const AT_A_TIME = 5_000;

/**
 * Gives up all messages of a parked key, also those that follow while it does so; what comes after flows.
 * @returns how many; undefined when the key is not parked
 */
export async function discardKey<Tx>(
  context: InboxContext<Tx>,
  topic: string,
  key: string,
  discard: Discard,
): Promise<number | undefined> {
  const { consumer } = context;
  let discarded: number | undefined;
  for (;;) {
    const round = await context.transaction(async (tx) => {
      const sql = context.sql(tx);
      if ((await lockKey(sql, consumer, topic, key, true)) === undefined) return undefined;
      const count = await discardOfKey(sql, consumer, topic, key, AT_A_TIME, discard);
      return { count, freed: await freeKey(sql, consumer, topic, key) };
    });
    if (round === undefined) return discarded;
    discarded = (discarded ?? 0) + round.count;
    if (round.freed) return discarded;
  }
}

/**
 * Gives up one message, of a parked key or by itself; the key flows when it was the last.
 * @returns whether one was parked there
 */
export async function discardMessage<Tx>(
  context: InboxContext<Tx>,
  place: MessagePlace,
  discard: Discard,
): Promise<boolean> {
  const { consumer, pool } = context;
  const { topic } = place;
  // the key is locked before the message, as everywhere: it is read without a lock first. Under one place the key
  // does not change, but when a topic is made anew.
  const found = await readParkedMessage(pool, consumer, place);
  if (found === undefined) return false;
  const { key } = found;
  return context.transaction(async (tx) => {
    const sql = context.sql(tx);
    if (key !== null) await lockKey(sql, consumer, topic, key, true);
    const locked = await lockParkedMessage(sql, consumer, place);
    if (locked === undefined || locked.key !== key) return false;
    await discardOne(sql, consumer, place, discard);
    if (key !== null) await freeKey(sql, consumer, topic, key);
    return true;
  });
}
