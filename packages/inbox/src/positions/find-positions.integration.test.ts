import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MemorySource } from '../testing/memory-source.js';
import { Counts, CONSUMER, fact, inboxOf, openShop, store, TOPIC, type Shop } from '../testing/shop.js';

let shop: Shop;
let source: MemorySource;
let counts: Counts;
beforeEach(async () => {
  shop = await openShop();
  source = new MemorySource();
  counts = new Counts();
});
afterEach(() => shop.close());

const facts = (...amounts: number[]) => amounts.map((amount) => fact(`key-${amount % 3}`, amount));

describe('where to read on from', () => {
  test('a consumer that is new begins at the beginning of the log', async () => {
    source.append(TOPIC, 0, facts(1, 2, 3));
    source.truncate(TOPIC, 0, 1n);
    const inbox = inboxOf(shop, source, store, { observer: counts.observer });
    await inbox.start();
    await source.drain(TOPIC, 0);
    expect(await shop.effects()).toEqual([2, 3]);
    expect(counts.breaks).toEqual([]);
    await inbox.stop();
  });

  test('a batch that arrives before there is a stored position is never taken for the first', async () => {
    source.append(TOPIC, 0, facts(1, 2, 3));
    const inbox = inboxOf(shop, source, store);
    await inbox.start();
    expect(await source.handle(source.batch(TOPIC, 0, 2n))).toEqual({ kind: 'reposition' });
    expect(await shop.effects()).toEqual([]);
    await source.drain(TOPIC, 0);
    expect(await shop.effects()).toEqual([1, 2, 3]);
    await inbox.stop();
  });

  test('the stored position counts, wherever the client reads', async () => {
    source.append(TOPIC, 0, facts(1, 2, 3, 4, 5));
    const inbox = inboxOf(shop, source, store);
    await inbox.start();
    await source.drain(TOPIC, 0);
    source.append(TOPIC, 0, facts(6, 7));
    expect(await source.handle(source.batch(TOPIC, 0, 6n))).toEqual({ kind: 'reposition' });
    source.reassign();
    await source.drain(TOPIC, 0);
    expect(await shop.effects()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    await inbox.stop();
  });

  test('a database restored from an older state gets again what it lost, and only that', async () => {
    source.append(TOPIC, 0, facts(1, 2, 3));
    const inbox = inboxOf(shop, source, store);
    await inbox.start();
    await source.drain(TOPIC, 0);
    for (const table of ['effect', 'inbox_event', 'inbox_offset']) {
      await shop.rows(`CREATE TABLE backup_${table} AS TABLE ${table}`);
    }
    source.append(TOPIC, 0, facts(4, 5, 6));
    await source.drain(TOPIC, 0);
    expect(await shop.effects()).toEqual([1, 2, 3, 4, 5, 6]);
    await inbox.stop();

    for (const table of ['effect', 'inbox_event', 'inbox_offset']) {
      await shop.rows(`TRUNCATE ${table}`);
      await shop.rows(
        `INSERT INTO ${table} ${table === 'effect' ? 'OVERRIDING SYSTEM VALUE ' : ''}TABLE backup_${table}`,
      );
    }
    const restored = inboxOf(shop, source, store, { observer: counts.observer });
    await restored.start();
    source.reassign();
    await source.drain(TOPIC, 0);
    expect(await shop.effects()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(counts.handled).toEqual({ handled: 3 });
    await restored.stop();
  });

  test.each([
    ['before the log', 1, 'gap'],
    ['behind the log', 90, 'other-log'],
  ])('a stored position that lies %s: on from the beginning, and an alert', async (_where, stored, kind) => {
    source.append(TOPIC, 0, facts(1, 2, 3, 4, 5));
    source.truncate(TOPIC, 0, 3n);
    await shop.rows('INSERT INTO inbox_offset VALUES ($1,$2,0,$3)', [CONSUMER, TOPIC, stored]);
    const inbox = inboxOf(shop, source, store, { observer: counts.observer });
    await inbox.start();
    await source.drain(TOPIC, 0);
    expect(await shop.effects()).toEqual([4, 5]);
    expect(await shop.position()).toBe(5);
    expect(counts.breaks).toEqual([kind]);
    await inbox.stop();
  });

  test.each([
    ['at once', 500],
    ['key by key', 500],
    ['in small pieces', 2],
  ])(
    'a batch of another log that reaches back behind the position is not taken for read up to there: %s',
    async (how, maxBatch) => {
      const first = inboxOf(shop, source, store);
      source.append(TOPIC, 0, facts(1, 2, 3));
      await first.start();
      await source.drain(TOPIC, 0);
      await first.stop();

      const createdAgain = new MemorySource();
      createdAgain.append(TOPIC, 0, facts(11, 12, 13, 14, 15));
      let fails = how === 'key by key';
      const inbox = inboxOf(
        shop,
        createdAgain,
        async (tx, messages, seen) => {
          if (fails) throw new TypeError('each is to be looked at by itself');
          await store(tx, messages, seen);
        },
        { observer: counts.observer, settings: { maxBatch } },
      );
      await inbox.start();
      // the client begins at the beginning by itself where its offset is out of range
      expect(await createdAgain.handle(createdAgain.batch(TOPIC, 0, 0n))).toEqual({ kind: 'reposition' });
      expect(await shop.effects()).toEqual([1, 2, 3]);
      fails = false;
      await createdAgain.drain(TOPIC, 0);
      expect(await shop.effects()).toEqual([1, 2, 3, 11, 12, 13, 14, 15]);
      expect(counts.breaks).toEqual(['other-log']);
      await inbox.stop();
    },
  );

  test('the very end of the log is inside of it: no alert for a consumer that has read everything', async () => {
    source.append(TOPIC, 0, facts(1, 2));
    source.truncate(TOPIC, 0, 2n);
    await shop.rows('INSERT INTO inbox_offset VALUES ($1,$2,0,2)', [CONSUMER, TOPIC]);
    const inbox = inboxOf(shop, source, store, { observer: counts.observer });
    await inbox.start();
    await source.drain(TOPIC, 0);
    source.append(TOPIC, 0, facts(3));
    await source.drain(TOPIC, 0);
    expect(await shop.effects()).toEqual([3]);
    expect(counts.breaks).toEqual([]);
    await inbox.stop();
  });
});
