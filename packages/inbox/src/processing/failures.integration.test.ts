import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import { TransientError } from '../errors.js';
import { countDeadLetters } from '../statements/count-dead-letters.js';
import { inTransaction, waitsForLock } from '../testing/locks.js';
import { MemorySource } from '../testing/memory-source.js';
import {
  CONSUMER,
  Counts,
  fact,
  inboxOf,
  insertEffects,
  openShop,
  store,
  storeUnless,
  TOPIC,
  type Shop,
} from '../testing/shop.js';

let shop: Shop;
let source: MemorySource;
let counts: Counts;
beforeEach(async () => {
  shop = await openShop();
  source = new MemorySource();
  counts = new Counts();
});
afterEach(() => shop.close());

/** Due keys are left alone unless a test wants them. */
const idle = { dueEveryMs: 3_600_000, keyFirstWaitMs: 3_600_000, keyLongestWaitMs: 3_600_000 };

const keyStates = () =>
  shop.rows<{ msg_key: string; attempt_count: number; waits: boolean; last_error: string }>(
    'SELECT msg_key,attempt_count,next_attempt_at IS NULL AS waits,last_error FROM inbox_key_state ORDER BY msg_key',
  );
const parked = () =>
  shop.rows<{ at: number; key: string | null; reason: string }>(
    'SELECT "offset"::float8 AS at,msg_key AS key,reason FROM inbox_parked ORDER BY inbox_parked."offset"',
  );

describe('a transient error', () => {
  test('has the same batch handled again, counts no attempt, parks nothing', async () => {
    let left = 7;
    const inbox = inboxOf(
      shop,
      source,
      async (tx, messages) => {
        await insertEffects(tx, messages);
        left -= 1;
        if (left === 6) throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
        if (left === 5) await tx.query('SELECT pg_terminate_backend(pg_backend_pid())');
        if (left >= 0) throw new TransientError('not now');
      },
      { observer: counts.observer },
    );
    await inbox.start();
    source.append(TOPIC, 0, [fact('a', 1), fact('b', 2)]);
    const ends = await source.drain(TOPIC, 0);
    expect(ends).toEqual(['wait', 'wait', 'done']);
    expect(await shop.effects()).toEqual([1, 2]);
    expect(counts.retried.slice(0, 3)).toEqual(['40P01', '57P01', 'INBOX_TRANSIENT']);
    expect(counts.retried).toHaveLength(7);
    expect(await keyStates()).toEqual([]);
    expect(await parked()).toEqual([]);
    await inbox.stop();
  });

  test('of a database that is unavailable: it waits, longer each time up to the longest, and goes on by itself', async () => {
    let away = true;
    const inbox = inboxOf(shop, source, store, {
      observer: counts.observer,
      transaction: async (work) => {
        if (away) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
        return inTransaction(shop, work);
      },
      settings: { quickTries: 1, firstWaitMs: 10, longestWaitMs: 40 },
    });
    await inbox.start();
    await shop.rows('INSERT INTO inbox_offset VALUES ($1,$2,0,0)', [CONSUMER, TOPIC]);
    source.append(TOPIC, 0, [fact('a', 1)]);
    const waits: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      const end = await source.handle(source.batch(TOPIC, 0, 0n));
      expect(end.kind).toBe('wait');
      if (end.kind === 'wait') waits.push(end.ms);
    }
    expect(Math.max(...waits)).toBeLessThanOrEqual(40);
    expect(waits.at(-1)).toBeGreaterThanOrEqual(20);
    expect(await keyStates()).toEqual([]);
    expect(counts.lastLag).toBe(1);
    away = false;
    await source.drain(TOPIC, 0);
    expect(await shop.effects()).toEqual([1]);
    expect(counts.lastLag).toBe(0);
    await inbox.stop();
  });

  test('a transaction helper that runs the work twice has each message’s effect once', async () => {
    const inbox = inboxOf(shop, source, store, {
      observer: counts.observer,
      transaction: async (work) => {
        const client = await shop.pool.connect();
        try {
          await client.query('BEGIN');
          await work(client);
          await client.query('ROLLBACK');
          await client.query('BEGIN');
          const result = await work(client);
          await client.query('COMMIT');
          return result;
        } finally {
          client.release();
        }
      },
    });
    await inbox.start();
    source.append(TOPIC, 0, [fact('a', 1)]);
    await source.drain(TOPIC, 0);
    expect(await shop.effects()).toEqual([1]);
    expect(counts.handled).toEqual({ handled: 1 });
    await inbox.stop();
  });
});

describe('a message whose handling fails', () => {
  test('F01 parks its key with what follows it, raw, and blocks no other key', async () => {
    const inbox = inboxOf(shop, source, storeUnless(new Set([3])), { observer: counts.observer, settings: idle });
    await inbox.start();
    source.append(TOPIC, 0, [
      fact('a', 1),
      fact('bad', 2),
      fact('bad', 3),
      fact('b', 4),
      fact('bad', 5),
      fact('a', 6),
      fact('bad', 7),
    ]);
    expect(await source.drain(TOPIC, 0)).toEqual(['done']);

    expect(await shop.effects('a')).toEqual([1, 6]);
    expect(await shop.effects('b')).toEqual([4]);
    expect(await shop.effects('bad')).toEqual([2]);
    expect(await shop.position()).toBe(7);
    expect(await keyStates()).toMatchObject([
      { msg_key: 'bad', attempt_count: 1, waits: false, last_error: 'TypeError: cannot add 3' },
    ]);
    expect(await parked()).toEqual([
      { at: 2, key: 'bad', reason: 'TypeError: cannot add 3' },
      { at: 4, key: 'bad', reason: 'behind a parked message of its key' },
      { at: 6, key: 'bad', reason: 'behind a parked message of its key' },
    ]);
    const raw = await shop.rows<{ raw_key: Buffer; raw_value: Buffer; headers: string }>(
      'SELECT raw_key,raw_value,headers FROM inbox_parked ORDER BY "offset" LIMIT 1',
    );
    expect(raw[0]?.raw_key.toString()).toBe('bad');
    expect(JSON.parse(raw[0]?.raw_value.toString() ?? '')).toMatchObject({ amount: 3 });
    expect(JSON.parse(raw[0]?.headers ?? '')).toEqual([['ce_type', Buffer.from('t').toString('base64')]]);
    expect(counts.handled).toEqual({ handled: 4, parked: 3 });

    // what comes later of the key joins it, the rest is handled in one transaction
    source.append(TOPIC, 0, [fact('bad', 8), fact('a', 9)]);
    await source.drain(TOPIC, 0);
    expect(await shop.effects('a')).toEqual([1, 6, 9]);
    expect((await parked()).map(({ at }) => at)).toEqual([2, 4, 6, 7]);
    expect(await countDeadLetters(shop.pool, CONSUMER)).toEqual([
      { topic: TOPIC, events: 0, keys: 0, retryingEvents: 4, retryingKeys: 1 },
    ]);
    await inbox.stop();
  });

  test('without a key is parked alone', async () => {
    const inbox = inboxOf(shop, source, storeUnless(new Set([1])), { settings: idle });
    await inbox.start();
    source.append(TOPIC, 0, [fact(null, 1), fact(null, 2), fact('a', 3)]);
    await source.drain(TOPIC, 0);
    expect(await shop.effects()).toEqual([2, 3]);
    expect(await parked()).toEqual([{ at: 0, key: null, reason: 'TypeError: cannot add 1' }]);
    expect(await countDeadLetters(shop.pool, CONSUMER)).toEqual([
      { topic: TOPIC, events: 1, keys: 0, retryingEvents: 0, retryingKeys: 0 },
    ]);
    await inbox.stop();
  });

  test('a batch that dies halfway through its keys goes on with what is left of it', async () => {
    let dead = false;
    const inbox = inboxOf(
      shop,
      source,
      async (tx, messages) => {
        if (dead) throw new TransientError('the process is going down');
        await insertEffects(tx, messages);
        if (messages.some(({ event }) => event.amount === 2)) throw new TypeError('cannot add 2');
        // the split has come to the key behind the poison: nothing of the batch is committed but what comes before
        if (messages.length === 1 && messages[0]?.event.amount === 4) {
          dead = true;
          throw new TransientError('the process is going down');
        }
      },
      { settings: { ...idle, quickTries: 1 } },
    );
    await inbox.start();
    await shop.rows('INSERT INTO inbox_offset VALUES ($1,$2,0,0)', [CONSUMER, TOPIC]);
    source.append(TOPIC, 0, [fact('a', 1), fact('bad', 2), fact('a', 3), fact('c', 4), fact('bad', 5)]);
    expect((await source.handle(source.batch(TOPIC, 0, 0n))).kind).toBe('wait');
    expect(await shop.effects()).toEqual([1, 3]);
    expect(await shop.position()).toBe(0);
    await inbox.stop();

    const next = inboxOf(shop, source, store, { settings: idle, observer: counts.observer });
    await next.start();
    await source.drain(TOPIC, 0);
    expect(await shop.effects()).toEqual([1, 3, 4]);
    expect((await parked()).map(({ at }) => at)).toEqual([1, 4]);
    expect(await keyStates()).toMatchObject([{ msg_key: 'bad', attempt_count: 1 }]);
    await next.retryKey(TOPIC, 'bad');
    expect(await shop.effects()).toEqual([1, 3, 4, 2, 5]);
    await next.stop();
  });
});

describe('a parked key', () => {
  test('is retried behind as many as are looked at in one go, which meet a lock each time', async () => {
    const locked = Array.from({ length: 100 }, (_, n) => `locked-${n}`);
    const refusing = inboxOf(shop, source, storeUnless(new Set([1])), {
      settings: { quickTries: 1, dueEveryMs: 3_600_000 },
    });
    await refusing.start();
    for (const keys of [locked, ['free']]) {
      source.append(
        TOPIC,
        0,
        keys.map((key) => fact(key, 1)),
      );
      await source.drain(TOPIC, 0);
    }
    expect(await keyStates()).toHaveLength(101);
    await refusing.stop();
    const inbox = inboxOf(shop, source, async (tx, messages) => {
      if (messages.some(({ key }) => key !== 'free')) throw Object.assign(new Error('locked'), { code: '55P03' });
      await insertEffects(tx, messages);
    });
    await inbox.start();
    await until('the one behind them is handled', async () => (await keyStates()).length === 100);
    expect(await shop.effects()).toEqual([1]);
    expect(await shop.effects('free')).toEqual([1]);
    await inbox.stop();
  });

  test('is retried by itself when due, in order, and is then no longer parked', async () => {
    const broken = new Set([1]);
    const inbox = inboxOf(shop, source, storeUnless(broken), {
      observer: counts.observer,
      settings: { keyBudget: 1_000_000 },
    });
    await inbox.start();
    source.append(TOPIC, 0, [fact('k', 1), fact('k', 2), fact('other', 3)]);
    await source.drain(TOPIC, 0);
    await until('the second try', async () => ((await keyStates())[0]?.attempt_count ?? 0) > 1);
    source.append(TOPIC, 0, [fact('k', 4)]);
    await source.drain(TOPIC, 0);
    expect(await shop.effects('k')).toEqual([]);
    broken.clear();
    await until('the key is free', async () => (await keyStates()).length === 0);
    expect(await shop.effects('k')).toEqual([1, 2, 4]);
    expect(await parked()).toEqual([]);
    source.append(TOPIC, 0, [fact('k', 5)]);
    await source.drain(TOPIC, 0);
    expect(await shop.effects('k')).toEqual([1, 2, 4, 5]);
    await inbox.stop();
  });

  test('is PARKED after its last attempt; an operator’s retry goes on from the message that failed', async () => {
    const broken = new Set([2]);
    const inbox = inboxOf(shop, source, storeUnless(broken), { settings: { keyBudget: 3 } });
    await inbox.start();
    source.append(TOPIC, 0, [fact('k', 1), fact('k', 2), fact('k', 3)]);
    await source.drain(TOPIC, 0);
    await until('the budget is used up', async () => (await keyStates())[0]?.waits === true);
    expect(await keyStates()).toMatchObject([{ attempt_count: 3, last_error: 'TypeError: cannot add 2' }]);
    expect(await countDeadLetters(shop.pool, CONSUMER)).toEqual([
      { topic: TOPIC, events: 2, keys: 1, retryingEvents: 0, retryingKeys: 0 },
    ]);
    expect(await inbox.retryKey(TOPIC, 'k')).toBe('failed');
    expect(await keyStates()).toMatchObject([{ attempt_count: 4, waits: true }]);
    expect(await inbox.retryKey(TOPIC, 'nobody')).toBe('not-parked');
    broken.clear();
    expect(await inbox.retryKey(TOPIC, 'k')).toBe('handled');
    expect(await shop.effects('k')).toEqual([1, 2, 3]);
    await inbox.stop();
  });

  test('with more messages than a transaction takes is retried piece by piece, in order, each once', async () => {
    const broken = new Set([1]);
    const inbox = inboxOf(shop, source, storeUnless(broken), { settings: { ...idle, maxBatch: 10 } });
    await inbox.start();
    const amounts = Array.from({ length: 35 }, (_, index) => index + 1);
    source.append(
      TOPIC,
      0,
      amounts.map((amount) => fact('k', amount)),
    );
    await source.drain(TOPIC, 0);
    broken.clear();
    broken.add(25);
    expect(await inbox.retryKey(TOPIC, 'k')).toBe('failed');
    expect(await shop.effects('k')).toEqual(amounts.slice(0, 24));
    expect((await parked()).map(({ at }) => at)).toEqual(amounts.slice(23, 34));
    broken.clear();
    expect(await inbox.retryKey(TOPIC, 'k')).toBe('handled');
    expect(await shop.effects('k')).toEqual(amounts);
    await inbox.stop();
  });

  test('a message of it that arrives while it is being retried is handled behind the others', async () => {
    const broken = new Set([1]);
    let inside: () => void = () => undefined;
    let release: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => (inside = resolve));
    const held = new Promise<void>((resolve) => (release = resolve));
    let retrying = false;
    const inbox = inboxOf(
      shop,
      source,
      async (tx, messages, seen) => {
        await storeUnless(broken)(tx, messages, seen);
        if (!retrying || !messages.some(({ event }) => event.amount === 1)) return;
        inside();
        await held;
      },
      { settings: idle },
    );
    await inbox.start();
    source.append(TOPIC, 0, [fact('k', 1), fact('k', 2)]);
    await source.drain(TOPIC, 0);
    broken.clear();
    retrying = true;
    const retry = inbox.retryKey(TOPIC, 'k');
    await reached;
    source.append(TOPIC, 0, [fact('k', 3)]);
    const drained = source.drain(TOPIC, 0);
    await waitsForLock(shop);
    release();
    expect(await retry).toBe('handled');
    await drained;
    expect(await shop.effects('k')).toEqual([1, 2, 3]);
    expect(await parked()).toEqual([]);
    expect(await keyStates()).toEqual([]);
    await inbox.stop();
  });

  test('is retried by one process at a time, whichever has its partition', async () => {
    const broken = new Set([1]);
    const first = inboxOf(shop, source, storeUnless(broken), {
      settings: { keyFirstWaitMs: 1, dueEveryMs: 3_600_000 },
    });
    await first.start();
    source.append(TOPIC, 0, [fact('k', 1), fact('k', 2)]);
    await source.drain(TOPIC, 0);
    broken.clear();
    const ends = await Promise.all(Array.from({ length: 5 }, () => first.retryKey(TOPIC, 'k')));
    expect(ends.filter((end) => end === 'handled')).toHaveLength(1);
    expect(ends.filter((end) => end === 'not-parked')).toHaveLength(4);
    expect(await shop.effects('k')).toEqual([1, 2]);
    await first.stop();
  });

  test('a transient error of its retry counts no attempt', async () => {
    let fails = true;
    const inbox = inboxOf(
      shop,
      source,
      async (tx, messages) => {
        await insertEffects(tx, messages);
        if (messages.some(({ event }) => event.amount === 1) && fails) throw new TypeError('cannot add 1');
        if (!fails) throw new TransientError('busy');
      },
      { settings: idle },
    );
    await inbox.start();
    source.append(TOPIC, 0, [fact('k', 1)]);
    await source.drain(TOPIC, 0);
    fails = false;
    await expect(inbox.retryKey(TOPIC, 'k')).rejects.toThrow('busy');
    expect(await keyStates()).toMatchObject([{ attempt_count: 1, last_error: 'TypeError: cannot add 1' }]);
    await inbox.stop();
  });

  test('of a topic that was deleted and created again keeps its old messages and takes the new ones behind them', async () => {
    const broken = new Set([2]);
    const inbox = inboxOf(shop, source, storeUnless(broken), { settings: idle });
    await inbox.start();
    source.append(TOPIC, 0, [fact('k', 1), fact('k', 2), fact('k', 3)]);
    await source.drain(TOPIC, 0);
    await inbox.stop();

    // offsets begin at 0 again: those of the parked messages come a second time
    const again = new MemorySource();
    again.append(TOPIC, 0, [fact('k', 4), fact('k', 5)]);
    const after = inboxOf(shop, again, storeUnless(broken), { observer: counts.observer, settings: idle });
    await after.start();
    await again.drain(TOPIC, 0);
    expect(counts.breaks).toEqual(['other-log']);
    expect(await shop.effects()).toEqual([1]);
    // the whole batch once more, as after a crash
    again.reassign();
    await shop.rows('UPDATE inbox_offset SET next_offset=0');
    await again.drain(TOPIC, 0);
    again.append(TOPIC, 0, [fact('k', 6), fact('other', 7)]);
    await again.drain(TOPIC, 0);
    expect(await parked()).toHaveLength(5);
    broken.clear();
    expect(await after.retryKey(TOPIC, 'k')).toBe('handled');
    expect(await shop.effects('k')).toEqual([1, 2, 3, 4, 5, 6]);
    await after.stop();
  });
});
