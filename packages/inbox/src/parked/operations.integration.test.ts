import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { Inbox } from '../inbox.js';
import { countDeadLetters } from '../statements/count-dead-letters.js';
import { findParkedKey } from '../statements/list-parked-keys.js';
import { readParkedMessage, readParkedOfKey } from '../statements/read-parked.js';
import { waitsForLock } from '../testing/locks.js';
import { MemorySource } from '../testing/memory-source.js';
import {
  CONSUMER,
  fact,
  inboxOf as openInbox,
  insertEffects,
  openShop,
  store,
  storeUnless,
  TOPIC,
  type Shop,
} from '../testing/shop.js';
import { listParked } from './list-parked.js';
import type { ParkedCursor } from './parked-message.js';

let shop: Shop;
let source: MemorySource;
beforeEach(async () => {
  shop = await openShop();
  source = new MemorySource();
});
afterEach(async () => {
  // also of a test that failed: a running inbox keeps the whole run from ending
  for (const inbox of started.splice(0)) await inbox.stop();
  await shop.close();
});

const started: Inbox<pg.PoolClient>[] = [];
const inboxOf = (...args: Parameters<typeof openInbox>): Inbox<pg.PoolClient> => {
  const inbox = openInbox(...args);
  started.push(inbox);
  return inbox;
};

const idle = { dueEveryMs: 3_600_000, keyFirstWaitMs: 3_600_000, keyLongestWaitMs: 3_600_000 };
const poison = (key: string | null) => ({ key: key === null ? null : Buffer.from(key), value: Buffer.from('<xml/>') });
const discard = { reason: 'sent by mistake', by: 'root' };
const records = () =>
  shop.rows<{ at: number; key: string | null; id: boolean; parked: string; reason: string; by: string }>(
    `SELECT d."offset"::int AS at,msg_key AS key,event_id IS NOT NULL AS id,parked_reason AS parked,reason,discarded_by AS by
     FROM inbox_discarded d ORDER BY d."offset"`,
  );

describe('what is parked', () => {
  test('is listed page by page: keys with their state, then messages without a key', async () => {
    const inbox = inboxOf(shop, source, storeUnless(new Set([7])), { settings: idle });
    await inbox.start();
    source.append(TOPIC, 0, [fact('b', 7), fact('b', 8), poison('a'), poison(null), fact(null, 7), fact('c', 1)]);
    await source.drain(TOPIC, 0);

    const all = [];
    for (let after: ParkedCursor | undefined; ;) {
      const page = await listParked(shop.pool, CONSUMER, { limit: 1, after });
      const [entry] = page;
      if (entry === undefined) break;
      all.push(entry);
      after = entry.kind === 'key' ? { topic: entry.topic, key: entry.key } : entry;
    }
    expect(all).toEqual(await listParked(shop.pool, CONSUMER, { limit: 100 }));
    expect(all).toMatchObject([
      { kind: 'key', key: 'a', events: 1, attempts: 1, nextAttemptAt: null, reason: expect.stringMatching(/not JSON/) },
      {
        kind: 'key',
        key: 'b',
        events: 2,
        attempts: 1,
        nextAttemptAt: expect.any(Date),
        reason: expect.stringMatching(/cannot add 7/),
      },
      { kind: 'message', partition: 0, offset: 3n, key: null, eventId: null, size: 6 },
      { kind: 'message', partition: 0, offset: 4n, key: null, reason: expect.stringMatching(/cannot add 7/) },
    ]);
    expect(await countDeadLetters(shop.pool, CONSUMER)).toEqual([
      { topic: TOPIC, events: 3, keys: 1, retryingEvents: 2, retryingKeys: 1 },
    ]);
    expect(await listParked(shop.pool, 'another.reader', { limit: 10 })).toEqual([]);
    await inbox.stop();
  });

  test('is read with its bytes: of a key the beginning of each, of one message all', async () => {
    const inbox = inboxOf(shop, source, store, { settings: idle });
    await inbox.start();
    source.append(TOPIC, 0, [poison('k'), fact('k', 1)]);
    await source.drain(TOPIC, 0);
    const [first, second] = await readParkedOfKey(shop.pool, CONSUMER, TOPIC, 'k', { limit: 10, maxBytes: 3 });
    expect(first).toMatchObject({ offset: 0n, size: 6, eventId: null, headers: [['ce_type', Buffer.from('t')]] });
    expect(Buffer.from(first!.rawValue!).toString()).toBe('<xm');
    expect(second).toMatchObject({ offset: 1n, reason: 'behind a parked message of its key' });
    const after = await readParkedOfKey(shop.pool, CONSUMER, TOPIC, 'k', { limit: 10, maxBytes: 3, after: first });
    expect(after).toEqual([second]);
    const position = { topic: TOPIC, partition: 0, offset: 0n };
    expect(Buffer.from((await readParkedMessage(shop.pool, CONSUMER, position))!.rawValue!).toString()).toBe('<xml/>');
    expect(await readParkedMessage(shop.pool, CONSUMER, { ...position, offset: 9n })).toBeUndefined();
    expect(await findParkedKey(shop.pool, CONSUMER, TOPIC, 'k')).toMatchObject({ key: 'k', events: 2 });
    expect(await findParkedKey(shop.pool, CONSUMER, TOPIC, 'other')).toBeUndefined();
    await inbox.stop();
  });
});

describe('an operator discards', () => {
  test('F02 a key whose first message is not even JSON: a record with the reason stays, what comes later is handled', async () => {
    const inbox = inboxOf(shop, source, store, { settings: idle });
    await inbox.start();
    source.append(TOPIC, 0, [fact('k', 1), poison('k'), fact('k', 2), fact('other', 3)]);
    await source.drain(TOPIC, 0);
    expect(await inbox.discardKey(TOPIC, 'k', discard)).toBe(2);
    expect(await records()).toEqual([
      { at: 1, key: 'k', id: false, parked: expect.stringMatching(/not JSON/), reason: 'sent by mistake', by: 'root' },
      {
        at: 2,
        key: 'k',
        id: true,
        parked: 'behind a parked message of its key',
        reason: 'sent by mistake',
        by: 'root',
      },
    ]);
    source.append(TOPIC, 0, [fact('k', 4)]);
    await source.drain(TOPIC, 0);
    expect(await shop.effects('k')).toEqual([1, 4]);
    expect(await listParked(shop.pool, CONSUMER, { limit: 10 })).toEqual([]);
    expect(await inbox.discardKey(TOPIC, 'k', discard)).toBeUndefined();
    await inbox.stop();
  });

  test('an event that comes again after it was discarded has no effect', async () => {
    const inbox = inboxOf(shop, source, storeUnless(new Set([1])), { settings: idle });
    await inbox.start();
    const once = fact('k', 1);
    source.append(TOPIC, 0, [once]);
    await source.drain(TOPIC, 0);
    expect(await inbox.discardKey(TOPIC, 'k', discard)).toBe(1);
    source.append(TOPIC, 0, [once, fact('k', 2)]);
    await source.drain(TOPIC, 0);
    expect(await shop.effects('k')).toEqual([2]);
    expect(await listParked(shop.pool, CONSUMER, { limit: 10 })).toEqual([]);
    await inbox.stop();
  });

  test('the message at the head of a key; the rest is retried in order', async () => {
    const inbox = inboxOf(shop, source, store, { settings: idle });
    await inbox.start();
    source.append(TOPIC, 0, [poison('k'), fact('k', 1), fact('k', 2), poison('single')]);
    await source.drain(TOPIC, 0);
    const head = { topic: TOPIC, partition: 0, offset: 0n };
    expect(await inbox.discardMessage(head, discard)).toBe(true);
    expect(await inbox.discardMessage(head, discard)).toBe(false);
    // the others stay parked until someone wants them
    expect(await shop.effects()).toEqual([]);
    expect(await inbox.retryKey(TOPIC, 'k')).toBe('handled');
    expect(await shop.effects('k')).toEqual([1, 2]);
    // with its last message a key is parked no more
    expect(await inbox.discardMessage({ ...head, offset: 3n }, discard)).toBe(true);
    source.append(TOPIC, 0, [fact('single', 5)]);
    await source.drain(TOPIC, 0);
    expect(await shop.effects('single')).toEqual([5]);
    await inbox.stop();
  });

  test('a message without a key', async () => {
    const inbox = inboxOf(shop, source, store, { settings: idle });
    await inbox.start();
    source.append(TOPIC, 0, [poison(null), poison(null)]);
    await source.drain(TOPIC, 0);
    expect(await inbox.discardMessage({ topic: TOPIC, partition: 0, offset: 0n }, discard)).toBe(true);
    expect(await listParked(shop.pool, CONSUMER, { limit: 10 })).toMatchObject([{ offset: 1n }]);
    expect(await records()).toMatchObject([{ at: 0, key: null }]);
    await inbox.stop();
  });

  test('a key of very many messages, while more of it come: none is left behind', async () => {
    const inbox = inboxOf(shop, source, store, { settings: idle });
    await inbox.start();
    source.append(TOPIC, 0, [poison('k')]);
    await source.drain(TOPIC, 0);
    await shop.rows(
      `INSERT INTO inbox_parked(consumer,topic,partition,"offset",msg_key,reason)
       SELECT $1,$2,7,n,'k','behind a parked message of its key' FROM generate_series(1,12000) n`,
      [CONSUMER, TOPIC],
    );
    const amounts = Array.from({ length: 200 }, (_, n) => n);
    const coming = (async () => {
      for (const amount of amounts) {
        source.append(TOPIC, 0, [fact('k', amount)]);
        await source.drain(TOPIC, 0);
      }
    })();
    expect(await inbox.discardKey(TOPIC, 'k', discard)).toBeGreaterThanOrEqual(12_001);
    await coming;
    // each was discarded or took effect, and those discarded came before those that took effect
    const effects = await shop.effects('k');
    const given = (await records()).length - 12_001;
    expect(effects).toEqual(amounts.slice(given));
    expect(await listParked(shop.pool, CONSUMER, { limit: 10 })).toEqual([]);
    await inbox.stop();
  });

  test('not without a reason', async () => {
    const inbox = inboxOf(shop, source, store, { settings: idle });
    await inbox.start();
    source.append(TOPIC, 0, [poison('k')]);
    await source.drain(TOPIC, 0);
    await expect(inbox.discardKey(TOPIC, 'k', { reason: '', by: 'root' })).rejects.toMatchObject({ code: '23514' });
    expect(await listParked(shop.pool, CONSUMER, { limit: 10 })).toMatchObject([{ key: 'k', events: 1 }]);
    await inbox.stop();
  });
});

describe('an operator retries', () => {
  test('F13 a parked key in its order, before newer messages of it', async () => {
    const broken = new Set([1]);
    const inbox = inboxOf(shop, source, storeUnless(broken), { settings: idle });
    await inbox.start();
    source.append(TOPIC, 0, [fact('k', 1), fact('k', 2), fact('other', 9)]);
    await source.drain(TOPIC, 0);
    source.append(TOPIC, 0, [fact('k', 3)]);
    await source.drain(TOPIC, 0);
    expect(await inbox.retryKey(TOPIC, 'k')).toBe('failed');
    broken.clear();
    expect(await inbox.retryKey(TOPIC, 'k')).toBe('handled');
    source.append(TOPIC, 0, [fact('k', 4)]);
    await source.drain(TOPIC, 0);
    expect(await shop.effects('k')).toEqual([1, 2, 3, 4]);
    await inbox.stop();
  });

  test('a key that a batch has locked: the lock is waited for, the key is not taken for one that is not parked', async () => {
    const broken = new Set([1]);
    let enter = (): void => {};
    const entered = new Promise<void>((resolve) => (enter = resolve));
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    const inbox = inboxOf(
      shop,
      source,
      async (tx, messages, seen) => {
        if (messages.some(({ event }) => event.amount === 100)) {
          enter();
          await gate;
        }
        await storeUnless(broken)(tx, messages, seen);
      },
      { settings: idle },
    );
    await inbox.start();
    source.append(TOPIC, 0, [fact('k', 1)]);
    await source.drain(TOPIC, 0);
    broken.clear();
    source.append(TOPIC, 0, [fact('k', 2), fact('other', 100)]);
    const batch = source.drain(TOPIC, 0);
    await entered;
    const asked = inbox.retryKey(TOPIC, 'k');
    await waitsForLock(shop);
    go();
    expect(await asked).toBe('handled');
    await batch;
    expect(await shop.effects('k')).toEqual([1, 2]);
    await inbox.stop();
  });

  test('a message without a key: failures are counted, success takes it away, its effect happens once', async () => {
    const broken = new Set([1]);
    const inbox = inboxOf(shop, source, storeUnless(broken), { settings: idle });
    await inbox.start();
    const message = fact(null, 1);
    source.append(TOPIC, 0, [message, poison(null), fact('k', 1)]);
    await source.drain(TOPIC, 0);
    const position = { topic: TOPIC, partition: 0, offset: 0n };
    expect(await inbox.retryMessage(position)).toBe('failed');
    expect(await inbox.retryMessage({ ...position, offset: 1n })).toBe('failed');
    expect(await listParked(shop.pool, CONSUMER, { limit: 10 })).toMatchObject([
      { kind: 'key', key: 'k' },
      { offset: 0n, attempts: 2, reason: expect.stringMatching(/cannot add 1/) },
      { offset: 1n, attempts: 2, reason: expect.stringMatching(/not JSON/) },
    ]);
    // of a key, one message alone would overtake or be overtaken
    expect(await inbox.retryMessage({ ...position, offset: 2n })).toBe('has-key');
    expect(await inbox.retryMessage({ ...position, offset: 3n })).toBe('not-parked');
    broken.clear();
    expect(await inbox.retryMessage(position)).toBe('handled');
    expect(await inbox.retryMessage(position)).toBe('not-parked');
    source.append(TOPIC, 0, [message]);
    await source.drain(TOPIC, 0);
    expect(await shop.effects()).toEqual([1]);
    await inbox.stop();
  });

  test('what is transient counts no attempt', async () => {
    let away = false;
    const inbox = inboxOf(
      shop,
      source,
      async (tx, messages) => {
        await insertEffects(tx, messages);
        if (away) throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
        throw new TypeError('a bug');
      },
      { settings: idle },
    );
    await inbox.start();
    source.append(TOPIC, 0, [fact(null, 1)]);
    await source.drain(TOPIC, 0);
    away = true;
    await expect(inbox.retryMessage({ topic: TOPIC, partition: 0, offset: 0n })).rejects.toMatchObject({
      code: '40P01',
    });
    expect(await listParked(shop.pool, CONSUMER, { limit: 10 })).toMatchObject([{ attempts: 1 }]);
    await inbox.stop();
  });

  test('and the inbox that is stopped meanwhile ends after it', async () => {
    let enter = (): void => {};
    const entered = new Promise<void>((resolve) => (enter = resolve));
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    let broken = true;
    const inbox = inboxOf(
      shop,
      source,
      async (tx, messages) => {
        await insertEffects(tx, messages);
        if (broken) throw new TypeError('a bug');
        enter();
        await gate;
      },
      { settings: idle },
    );
    await inbox.start();
    source.append(TOPIC, 0, [fact(null, 1)]);
    await source.drain(TOPIC, 0);
    broken = false;
    const asked = inbox.retryMessage({ topic: TOPIC, partition: 0, offset: 0n });
    await entered;
    let ended = false;
    const stopped = inbox.stop().then(() => (ended = true));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ended).toBe(false);
    go();
    expect(await asked).toBe('handled');
    await stopped;
  });
});
