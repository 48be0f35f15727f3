import type { Position } from '../event-consumer.js';
import type { InboxContext } from '../processing/context.js';
import { deleteEmptyKey, discardKeyMessages, discardOne, type Discard } from '../statements/discard-messages.js';
import { lockParkedKey } from '../statements/lock-parked-key.js';
import { lockParkedMessage, readParkedMessage } from '../statements/read-parked.js';

const MESSAGES_A_TRANSACTION = 5_000;

/**
 * Discards all messages of a parked key, also those that are parked while it does so; what comes after is handled.
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
      if ((await lockParkedKey(sql, consumer, topic, key, 'any')) === undefined) return undefined;
      const count = await discardKeyMessages(sql, consumer, topic, key, MESSAGES_A_TRANSACTION, discard);
      return { count, done: await deleteEmptyKey(sql, consumer, topic, key) };
    });
    if (round === undefined) return discarded;
    discarded = (discarded ?? 0) + round.count;
    if (round.done) return discarded;
  }
}

/**
 * Discards one message, with or without a key; when it was the last of its key, the key is parked no more.
 * @returns whether one was parked there
 */
export async function discardMessage<Tx>(
  context: InboxContext<Tx>,
  position: Position,
  discard: Discard,
): Promise<boolean> {
  const { consumer, pool } = context;
  const { topic } = position;
  // the key is locked before the message, as everywhere, so it is read without a lock first. The key at a position
  // changes only when the topic is created again.
  const found = await readParkedMessage(pool, consumer, position);
  if (found === undefined) return false;
  const { key } = found;
  return context.transaction(async (tx) => {
    const sql = context.sql(tx);
    if (key !== null) await lockParkedKey(sql, consumer, topic, key, 'any');
    const locked = await lockParkedMessage(sql, consumer, position);
    if (locked === undefined || locked.key !== key) return false;
    await discardOne(sql, consumer, position, discard);
    if (key !== null) await deleteEmptyKey(sql, consumer, topic, key);
    return true;
  });
}
