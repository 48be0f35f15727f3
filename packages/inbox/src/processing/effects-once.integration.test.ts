import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { onPool } from '../on-pool.js';
import { waitsForLock } from '../testing/locks.js';
import { MemorySource } from '../testing/memory-source.js';
import { Counts, fact, inboxOf, insertEffects, openShop, store, TOPIC, uuid, type Shop } from '../testing/shop.js';

let shop: Shop;
let source: MemorySource;
beforeEach(async () => {
  shop = await openShop();
  source = new MemorySource();
});
afterEach(() => shop.close());

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** A transaction on the shop's pool, telling each statement before it is sent. */
function watched(before: (text: string, client: pg.PoolClient) => void, after?: (text: string) => void) {
  const connect = async (): Promise<pg.PoolClient> => {
    const client = await shop.pool.connect();
    return new Proxy(client, {
      get(target, name) {
        if (name !== 'query') {
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        }
        return async (text: string, values?: unknown[]) => {
          before(text, target);
          const result = await target.query(text, values);
          after?.(text);
          return result;
        };
      },
    });
  };
  return onPool({ connect } as pg.Pool).transaction;
}

describe('a batch', () => {
  test('its effects, its ids and the position are one transaction of one statement each, whatever its size', async () => {
    const texts: string[] = [];
    const inbox = inboxOf(shop, source, store, { transaction: watched((text) => texts.push(text)) });
    await inbox.start();
    const transactions = 'SELECT xmin::text AS xid FROM';
    for (const count of [1, 400]) {
      const before = (await shop.effects()).length;
      texts.length = 0;
      source.append(
        TOPIC,
        0,
        range(count).map((n) => fact(`key-${n % 50}`, n)),
      );
      await source.drain(TOPIC, 0);

      expect(texts.map((text) => /^\s*(?:BEGIN|COMMIT|WITH [bk]|INSERT INTO \w+)/.exec(text)?.[0].trim())).toEqual([
        'BEGIN',
        'WITH b',
        'WITH k',
        'INSERT INTO effect',
        'COMMIT',
      ]);
      expect((await shop.effects()).slice(before)).toEqual(range(count));
      const xids = await shop.rows<{ xid: string }>(
        `SELECT DISTINCT xid FROM (${transactions} effect WHERE n>$1 UNION ALL ${transactions} inbox_offset
         UNION ALL (SELECT i.xmin::text FROM inbox_event i JOIN effect e USING (event_id) WHERE e.n>$1)) x`,
        [before],
      );
      expect(xids).toHaveLength(1);
    }
    expect(await shop.position()).toBe(401);
    await inbox.stop();
  });

  test('is cut at the largest size of a transaction, each piece committed by itself', async () => {
    const sizes: number[] = [];
    const inbox = inboxOf(shop, source, store, {
      settings: { maxBatch: 100 },
      observer: { batch: (_topic, messages) => void sizes.push(messages) },
    });
    await inbox.start();
    source.append(
      TOPIC,
      0,
      range(250).map((n) => fact('k', n)),
    );
    await positioned();
    const batch = source.batch(TOPIC, 0, 0n);
    expect(await source.handle(batch)).toEqual({ kind: 'done' });
    expect(sizes).toEqual([100, 100, 50]);
    expect(await shop.effects()).toEqual(range(250));
    expect(batch.done).toEqual([100n, 200n, 250n]);
    await inbox.stop();
  });

  test('hands its hook to run after the commit, before the next batch; a hook that throws changes nothing', async () => {
    const counts = new Counts();
    const seen: number[] = [];
    const inbox = inboxOf(
      shop,
      source,
      async (tx, messages) => {
        await insertEffects(tx, messages);
        return async () => {
          seen.push((await shop.effects()).length);
          throw new Error('redis is away');
        };
      },
      { observer: counts.observer, settings: { maxBatch: 2 } },
    );
    await inbox.start();
    source.append(
      TOPIC,
      0,
      range(4).map((n) => fact('k', n)),
    );
    await source.drain(TOPIC, 0);
    expect(seen).toEqual([2, 4]);
    expect(counts.afterCommitFailed).toBe(2);
    expect(counts.handled).toEqual({ handled: 4 });
    expect(await shop.position()).toBe(4);
    await inbox.stop();
  });

  test('that covers a gap in the log moves the position over it', async () => {
    const inbox = inboxOf(shop, source, store);
    await inbox.start();
    source.append(TOPIC, 0, [fact('k', 1)]);
    source.append(TOPIC, 0, [fact('k', 2)], 40n);
    await source.drain(TOPIC, 0);
    expect(await shop.effects()).toEqual([1, 2]);
    expect(await shop.position()).toBe(41);
    await inbox.stop();
  });
});

describe('a process that dies in the middle of a batch', () => {
  test('at any statement, before or after it took effect: all effects once, in order', async () => {
    source.append(
      TOPIC,
      0,
      range(6 * 2 * 3).map((n) => fact(`key-${n % 2}`, n)),
    );
    await positioned();
    let from = 0n;
    for (const when of ['before', 'after'] as const) {
      for (let dying = 1; dying <= 6; dying += 1) {
        // the dying process: its connection breaks at one statement, and it never tries again
        let statement = 0;
        let broken: pg.PoolClient | undefined;
        const transaction = watched(
          (_text, client) => {
            broken = client;
            statement += 1;
            if (when === 'before' && statement === dying) destroy(client);
          },
          () => {
            if (when !== 'after' || statement !== dying) return;
            if (broken !== undefined) destroy(broken);
            throw Object.assign(new Error('the answer was lost'), { code: 'ECONNRESET' });
          },
        );
        const dead = inboxOf(shop, source, store, { transaction, settings: { quickTries: 1 } });
        await dead.start();
        if (dying < 6) {
          const end = await source.handle(source.batch(TOPIC, 0, from, from + 3n));
          expect(end.kind).toBe('wait');
        }
        await dead.stop();

        const next = inboxOf(shop, source, store);
        await next.start();
        const batch = source.batch(TOPIC, 0, from, from + 3n);
        expect(await source.handle(batch)).toEqual({ kind: 'done' });
        expect(batch.done).toEqual([from + 3n]);
        await next.stop();
        from += 3n;
        expect(await shop.effects()).toEqual(range(Number(from)));
        expect(await shop.position()).toBe(Number(from));
      }
    }
  });
});

describe('two owners of one partition, one of them not knowing that it was fenced off', () => {
  test('go one after the other, and the second finds nothing left to do', async () => {
    source.append(
      TOPIC,
      0,
      range(10).map((n) => fact('k', n)),
    );
    let inside: () => void = () => undefined;
    let release: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => (inside = resolve));
    const held = new Promise<void>((resolve) => (release = resolve));
    const stale = inboxOf(shop, source, async (tx, messages) => {
      await insertEffects(tx, messages);
      inside();
      await held;
    });
    await stale.start();
    await positioned();
    const first = source.handle(source.batch(TOPIC, 0, 0n, 6n));
    await reached;

    const owner = inboxOf(shop, source, store);
    await owner.start();
    const batch = source.batch(TOPIC, 0, 0n, 10n);
    const second = source.handle(batch);
    await waitsForLock(shop);
    release();
    expect(await first).toEqual({ kind: 'done' });
    expect(await second).toEqual({ kind: 'done' });
    expect(await shop.effects()).toEqual(range(10));
    expect(await shop.position()).toBe(10);
    await Promise.all([stale.stop(), owner.stop()]);
  });

  test('the one that comes late with an old batch is sent to the stored position', async () => {
    const counts = new Counts();
    const inbox = inboxOf(shop, source, store, { observer: counts.observer });
    await inbox.start();
    source.append(
      TOPIC,
      0,
      range(10).map((n) => fact('k', n)),
    );
    const old = source.batch(TOPIC, 0, 0n, 5n);
    const ahead = source.batch(TOPIC, 0, 12n, 12n);
    await source.drain(TOPIC, 0);
    expect(await source.handle(old)).toEqual({ kind: 'reposition' });
    expect(await source.handle(ahead)).toEqual({ kind: 'reposition' });
    expect(counts.repositioned).toBe(2);
    expect(await shop.effects()).toEqual(range(10));
    expect(await shop.position()).toBe(10);
    await inbox.stop();
  });
});

describe('messages that are read but are not due', () => {
  const ids = async (): Promise<number> =>
    (await shop.rows<{ n: number }>('SELECT count(*)::int AS n FROM inbox_event'))[0]!.n;

  beforeEach(() =>
    source.append(
      TOPIC,
      0,
      range(10).map((n) => fact('k', n)),
    ),
  );

  test('because others are before them, have their effects when it is their turn', async () => {
    const inbox = inboxOf(shop, source, store);
    await inbox.start();
    await positioned();
    expect(await source.handle(source.batch(TOPIC, 0, 4n, 10n))).toEqual({ kind: 'reposition' });
    expect(await ids()).toBe(0);
    expect(await source.handle(source.batch(TOPIC, 0, 0n, 10n))).toEqual({ kind: 'done' });
    expect(await shop.effects()).toEqual(range(10));
    await inbox.stop();
  });

  test('because the position was set beyond them, have none, and their ids stay unknown', async () => {
    const inbox = inboxOf(shop, source, store);
    await inbox.start();
    await positioned();
    await shop.rows('UPDATE inbox_offset SET next_offset=3');
    expect(await source.handle(source.batch(TOPIC, 0, 0n, 10n))).toEqual({ kind: 'done' });
    expect(await shop.effects()).toEqual(range(10).slice(3));
    expect(await ids()).toBe(7);
    await inbox.stop();
  });
});

describe('an event behind an unreadable message of its key', () => {
  const unreadable = { key: Buffer.from('k'), value: Buffer.from('nonsense') };
  const stored = async () => ({
    effects: await shop.effects(),
    ids: (await shop.rows('SELECT FROM inbox_event')).length,
    parked: (await shop.rows('SELECT FROM inbox_parked')).length,
  });

  test('has its effect where the position was set beyond the unreadable one', async () => {
    source.append(TOPIC, 0, [unreadable, fact('k', 1), fact('j', 2)]);
    const inbox = inboxOf(shop, source, store);
    await inbox.start();
    await positioned();
    await shop.rows('UPDATE inbox_offset SET next_offset=1');
    expect(await source.handle(source.batch(TOPIC, 0, 0n, 3n))).toEqual({ kind: 'done' });
    expect(await stored()).toEqual({ effects: [1, 2], ids: 2, parked: 0 });
    expect(await shop.position()).toBe(3);
    await inbox.stop();
  });

  test('F02 has its effect where another owner parked the unreadable one and it was discarded since', async () => {
    source.append(TOPIC, 0, [unreadable, fact('k', 1), fact('j', 2)]);
    const inbox = inboxOf(shop, source, store);
    await inbox.start();
    await positioned();
    const stale = source.batch(TOPIC, 0, 0n, 3n);
    expect(await source.handle(source.batch(TOPIC, 0, 0n, 1n))).toEqual({ kind: 'done' });
    expect(await inbox.discardKey(TOPIC, 'k', { reason: 'nonsense', by: 'operator' })).toBe(1);
    expect(await source.handle(stale)).toEqual({ kind: 'done' });
    expect(await stored()).toEqual({ effects: [1, 2], ids: 2, parked: 0 });
    await inbox.stop();
  });

  test('has its effect where the unreadable one is in another partition that does not fit', async () => {
    source.append(TOPIC, 0, [unreadable]);
    source.append(TOPIC, 1, [fact('k', 1)]);
    const inbox = inboxOf(shop, source, store);
    await inbox.start();
    await shop.rows(`INSERT INTO inbox_offset VALUES ('test.reader',$1,0,7), ('test.reader',$1,1,0)`, [TOPIC]);
    const ends = await Promise.all([0, 1].map((partition) => source.handle(source.batch(TOPIC, partition, 0n))));
    expect(ends.map(({ kind }) => kind)).toEqual(['reposition', 'done']);
    expect(await stored()).toEqual({ effects: [1], ids: 1, parked: 0 });
    await inbox.stop();
  });
});

describe('an event that comes again', () => {
  test('F04 published twice with one id, in one batch or in two, has one effect and is shown as seen', async () => {
    const shown: [number[], number[]][] = [];
    const inbox = inboxOf(shop, source, async (tx, messages, seen) => {
      shown.push([messages.map(({ event }) => event.amount), seen.map(({ event }) => event.amount)]);
      await insertEffects(tx, messages);
    });
    await inbox.start();
    const twice = fact('k', 1);
    const upper = fact('k', 3, uuid().toUpperCase());
    source.append(TOPIC, 0, [twice, twice, fact('k', 2), upper]);
    await source.drain(TOPIC, 0);
    source.append(TOPIC, 0, [twice, upper, fact('k', 4)]);
    await source.drain(TOPIC, 0);
    expect(shown).toEqual([
      [[1, 2, 3], [1]],
      [[4], [1, 3]],
    ]);
    expect(await shop.effects()).toEqual([1, 2, 3, 4]);
    await inbox.stop();
  });

  test('another consumer in the same database handles it too', async () => {
    source.append(TOPIC, 0, [fact('k', 1)]);
    for (const consumer of ['test.one', 'test.two']) {
      const inbox = inboxOf(shop, source, store, { consumer });
      await inbox.start();
      source.reassign();
      await source.drain(TOPIC, 0);
      await inbox.stop();
    }
    expect(await shop.effects()).toEqual([1, 1]);
  });
});

function destroy(client: pg.PoolClient): void {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}

/** Asks for the position once, as an assignment does: that makes its row. */
async function positioned(): Promise<void> {
  await shop.rows(`INSERT INTO inbox_offset VALUES ('test.reader',$1,0,0)`, [TOPIC]);
}
