import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RawMessage } from '../subscription.js';
import { inTransaction, waitsForLock } from '../testing/locks.js';
import { CONSUMER, openShop, TOPIC, uuid, type Shop } from '../testing/shop.js';
import { countDeadLetters } from './count-dead-letters.js';
import { deleteHandled } from './delete-handled.js';
import { deleteEmptyKey, discardKeyMessages } from './discard-messages.js';
import { deleteHandledMessage } from './finish-message-retry.js';
import { insertParked } from './insert-parked.js';
import { listDueKeys } from './list-due-keys.js';
import { findParkedKey, listParkedKeys } from './list-parked-keys.js';
import { listParkedMessages } from './list-parked-messages.js';
import { lockParkedKey } from './lock-parked-key.js';
import { parkKey } from './park-key.js';
import { readKeyMessages } from './read-key-messages.js';
import { lockParkedMessage } from './read-parked.js';
import { rescheduleKey } from './reschedule-key.js';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
beforeEach(() => shop.rows('TRUNCATE inbox_key_state, inbox_parked'));

const raw = (offset: bigint, topic = TOPIC, partition = 0): RawMessage => ({
  topic,
  partition,
  offset,
  key: null,
  value: Buffer.from('<xml/>'),
  headers: [],
});

/** Parks messages of a key, due so many milliseconds from now; without a key alone. */
async function park(
  key: string | null,
  offsets: readonly bigint[],
  retryInMs: number | null,
  { topic = TOPIC, partition = 0 } = {},
): Promise<void> {
  if (key !== null) await parkKey(shop.pool, CONSUMER, topic, key, 'refused', retryInMs);
  const messages = offsets.map((offset) => {
    return { raw: raw(offset, topic, partition), key, eventId: uuid(), reason: 'first' };
  });
  await insertParked(shop.pool, CONSUMER, topic, partition, messages);
}

describe('a parked key', () => {
  test('is listed the longest due first, and not before it is due', async () => {
    await park('late', [1n], -10);
    await park('latest', [2n], -60_000);
    await park('soon', [3n], 60_000);
    await park('waits for an operator', [4n], null);
    const due = async (limit: number) => (await listDueKeys(shop.pool, CONSUMER, [TOPIC], limit)).map(({ key }) => key);
    expect(await due(1)).toEqual(['latest']);
    expect(await due(9)).toEqual(['latest', 'late']);
  });

  test('that another process has postponed since it was listed is left alone; an operator gets it', async () => {
    await park('k', [1n], 60_000);
    expect(await inTransaction(shop, (client) => lockParkedKey(client, CONSUMER, TOPIC, 'k', 'due'))).toBeUndefined();
    expect(await inTransaction(shop, (client) => lockParkedKey(client, CONSUMER, TOPIC, 'k', 'any'))).toBe(1);
  });

  test('is no longer parked as soon as its last message is handled', async () => {
    await park('k', [1n, 2n], 0);
    expect(await deleteHandled(shop.pool, CONSUMER, TOPIC, 'k', raw(1n))).toBe(false);
    expect(await deleteHandled(shop.pool, CONSUMER, TOPIC, 'k', raw(2n))).toBe(true);
  });

  test('shows why it failed last, and since when it is parked, and counts every failure', async () => {
    await park('k', [1n], 0);
    const since = await findParkedKey(shop.pool, CONSUMER, TOPIC, 'k');
    await park('k', [2n], 0);
    expect(await findParkedKey(shop.pool, CONSUMER, TOPIC, 'k')).toMatchObject({
      events: 2,
      attempts: 2,
      reason: 'refused',
      parkedAt: since!.parkedAt,
    });
  });

  test('that two processes tried at once has one attempt counted', async () => {
    await park('k', [1n], 0);
    for (const error of ['the first', 'the second']) {
      await rescheduleKey(shop.pool, CONSUMER, TOPIC, 'k', 1, error, null);
    }
    expect(await findParkedKey(shop.pool, CONSUMER, TOPIC, 'k')).toMatchObject({ attempts: 2, reason: 'the first' });
  });

  test('is discarded so many messages at a time', async () => {
    await park('k', [1n, 2n, 3n], 0);
    const discarded = () => discardKeyMessages(shop.pool, CONSUMER, TOPIC, 'k', 2, { reason: 'a test', by: 'root' });
    expect([await discarded(), await discarded()]).toEqual([2, 1]);
  });

  test('ends when its messages are discarded, whatever is parked of another', async () => {
    await park('k', [1n], 0);
    await park('another', [2n], 0);
    await discardKeyMessages(shop.pool, CONSUMER, TOPIC, 'k', 10, { reason: 'a test', by: 'root' });
    expect(await deleteEmptyKey(shop.pool, CONSUMER, TOPIC, 'k')).toBe(true);
    expect(await shop.rows('SELECT msg_key FROM inbox_key_state')).toEqual([{ msg_key: 'another' }]);
  });

  test('keeps its message when one without a key is handled', async () => {
    await park('k', [1n], 0);
    await park(null, [2n], null);
    for (const offset of [1n, 2n]) await deleteHandledMessage(shop.pool, CONSUMER, raw(offset));
    expect(await shop.rows('SELECT msg_key FROM inbox_parked')).toEqual([{ msg_key: 'k' }]);
  });
});

test('a message that one operator has locked is gone for the next when it was handled', async () => {
  await park(null, [1n], null);
  const { second } = await inTransaction(shop, async (first) => {
    expect(await lockParkedMessage(first, CONSUMER, raw(1n))).toMatchObject({ offset: 1n });
    const locking = inTransaction(shop, (client) => lockParkedMessage(client, CONSUMER, raw(1n)));
    await waitsForLock(shop);
    await deleteHandledMessage(first, CONSUMER, raw(1n));
    return { second: locking };
  });
  expect(await second).toBeUndefined();
});

test('a batch of a topic that was created again is parked once, behind what was parked of the older one', async () => {
  await park('k', [2n, 5n], 0);
  const messages = [2n, 3n].map((offset) => {
    return { raw: { ...raw(offset), value: Buffer.from('new') }, key: 'k', eventId: uuid(), reason: 'refused' };
  });
  await insertParked(shop.pool, CONSUMER, TOPIC, 0, messages);
  const parked = await readKeyMessages(shop.pool, CONSUMER, TOPIC, 'k', 10);
  expect(parked.map(({ value }) => Buffer.from(value!).toString())).toEqual(['<xml/>', '<xml/>', 'new', 'new']);
});

test('pages of keys and of messages go on in the next topic and partition', async () => {
  for (const topic of ['one', 'two']) {
    await park('a', [1n], null, { topic });
    await park('b', [2n], null, { topic });
    for (const partition of [0, 1]) await park(null, [8n, 9n], null, { topic, partition });
  }
  const keys = await listParkedKeys(shop.pool, CONSUMER, 9, undefined);
  expect(keys.map(({ topic, key }) => `${topic} ${key}`)).toEqual(['one a', 'one b', 'two a', 'two b']);
  for (const [index, after] of keys.entries()) {
    expect(await listParkedKeys(shop.pool, CONSUMER, 9, after)).toEqual(keys.slice(index + 1));
  }
  const messages = await listParkedMessages(shop.pool, CONSUMER, 9, undefined);
  expect(messages).toHaveLength(8);
  for (const [index, after] of messages.entries()) {
    expect(await listParkedMessages(shop.pool, CONSUMER, 9, after)).toEqual(messages.slice(index + 1));
  }
});

test('dead letters are counted by topic, also of a topic where none has a key', async () => {
  await park('k', [1n, 2n], null, { topic: 'one' });
  await park('k', [3n], null, { topic: 'two' });
  await park('again', [4n], 60_000, { topic: 'two' });
  await park(null, [5n], null, { topic: 'three' });
  const none = { events: 0, keys: 0, retryingEvents: 0, retryingKeys: 0 };
  expect(await countDeadLetters(shop.pool, CONSUMER)).toEqual([
    { ...none, topic: 'one', events: 2, keys: 1 },
    { ...none, topic: 'three', events: 1 },
    { topic: 'two', events: 1, keys: 1, retryingEvents: 1, retryingKeys: 1 },
  ]);
});
