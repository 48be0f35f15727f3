import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { inTransaction, waitsForLock } from '../testing/locks.js';
import { CONSUMER, openShop, TOPIC, type Shop } from '../testing/shop.js';
import { advancePositions } from './advance-positions.js';
import { beginPosition } from './begin-position.js';
import { lockPosition } from './lock-position.js';
import { readPositions } from './read-positions.js';
import { resetPosition } from './reset-position.js';
import { storeVerifiedMarks } from './store-verified-marks.js';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
beforeEach(() => shop.rows('TRUNCATE inbox_offset'));

describe('a position', () => {
  const advance = (from: bigint, next: bigint) => ({ partition: 0, from, next, last: undefined });
  const read = () => readPositions(shop.pool, CONSUMER, [{ topic: TOPIC, partition: 0 }]);
  const advanced = { partition: 0, from: 0n, next: 6n, last: { offset: 5n, fingerprint: 'fifth' } };

  test('that exists is not begun again, and is not another partition’s', async () => {
    const at = (partition: number, offset: bigint) => ({ topic: TOPIC, partition, offset });
    expect(await beginPosition(shop.pool, CONSUMER, at(0, 5n))).toBe(5n);
    expect(await beginPosition(shop.pool, CONSUMER, at(1, 7n))).toBe(7n);
    expect(await beginPosition(shop.pool, CONSUMER, at(0, 0n))).toBe(5n);
    expect(await beginPosition(shop.pool, CONSUMER, at(1, 0n))).toBe(7n);
  });

  test('keeps its mark when it advances over what has no message', async () => {
    await beginPosition(shop.pool, CONSUMER, { topic: TOPIC, partition: 0, offset: 0n });
    await advancePositions(shop.pool, CONSUMER, TOPIC, [advanced]);
    await advancePositions(shop.pool, CONSUMER, TOPIC, [advance(6n, 9n)]);
    expect(await read()).toMatchObject([{ offset: 9n, last: { offset: 5n, fingerprint: 'fifth' } }]);
  });

  test('that was set back by hand to a message has it no longer as its mark', async () => {
    await beginPosition(shop.pool, CONSUMER, { topic: TOPIC, partition: 0, offset: 0n });
    await advancePositions(shop.pool, CONSUMER, TOPIC, [advanced]);
    await shop.rows('UPDATE inbox_offset SET next_offset=5');
    expect(await read()).toEqual([{ topic: TOPIC, partition: 0, offset: 5n, last: undefined, verified: undefined }]);
  });

  test('is reset with its marks, unless another process has stored one since', async () => {
    await beginPosition(shop.pool, CONSUMER, { topic: TOPIC, partition: 0, offset: 0n });
    const [before] = await read();
    await advancePositions(shop.pool, CONSUMER, TOPIC, [advanced]);
    const [stored] = await read();
    await storeVerifiedMarks(shop.pool, CONSUMER, [{ position: stored!, mark: advanced.last }]);
    expect(await resetPosition(shop.pool, CONSUMER, before!, 1n)).toBe(false);
    expect(await read()).toEqual([{ ...stored, verified: advanced.last }]);
    expect(await resetPosition(shop.pool, CONSUMER, stored!, 9n)).toBe(true);
    expect(await read()).toEqual([{ ...before, offset: 9n }]);
  });

  test('that was reset since it was compared gets no mark, each of the others its own', async () => {
    for (const partition of [0, 1, 2]) {
      await beginPosition(shop.pool, CONSUMER, { topic: TOPIC, partition, offset: 9n });
    }
    const marks = [0, 1, 2].map((partition) => ({
      position: { topic: TOPIC, partition, offset: 9n, last: undefined, verified: undefined },
      mark: { offset: BigInt(partition), fingerprint: `mark ${partition}` },
    }));
    await shop.rows('UPDATE inbox_offset SET next_offset=8 WHERE partition=2');
    await storeVerifiedMarks(shop.pool, CONSUMER, marks);
    const stored = await readPositions(
      shop.pool,
      CONSUMER,
      marks.map(({ position }) => position),
    );
    const verified = new Map(stored.map((position) => [position.partition, position.verified]));
    expect([0, 1, 2].map((partition) => verified.get(partition))).toEqual([marks[0]!.mark, marks[1]!.mark, undefined]);
  });

  test('beyond a batch is not held for it', async () => {
    await beginPosition(shop.pool, CONSUMER, { topic: TOPIC, partition: 0, offset: 11n });
    const lock = (next: bigint) => lockPosition(shop.pool, CONSUMER, TOPIC, 0, 5n, next);
    expect(await lock(10n)).toBeUndefined();
    expect(await lock(11n)).toEqual({ offset: 11n, last: undefined });
  });

  test.each([
    [
      'to advance it',
      async (client: pg.PoolClient) => (await advancePositions(client, CONSUMER, TOPIC, [advance(0n, 10n)])).get(0),
    ],
    ['to hold it', (client: pg.PoolClient) => lockPosition(client, CONSUMER, TOPIC, 0, 0n, 10n)],
  ])('that another owner holds is waited for %s, and read as it is then', async (_, take) => {
    await beginPosition(shop.pool, CONSUMER, { topic: TOPIC, partition: 0, offset: 0n });
    const second = await inTransaction(shop, async (first) => {
      await lockPosition(first, CONSUMER, TOPIC, 0, 0n, 6n);
      const taking = inTransaction(shop, take);
      await waitsForLock(shop);
      await advancePositions(first, CONSUMER, TOPIC, [advanced]);
      // not awaited before the commit, which it waits for
      return { taking };
    });
    expect(await second.taking).toEqual({ offset: 6n, last: { offset: 5n, fingerprint: 'fifth' } });
  });
});
