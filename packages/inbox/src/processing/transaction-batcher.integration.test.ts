import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import type { BatchEnd, FetchedBatch } from '../event-consumer.js';
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
beforeEach(async () => {
  shop = await openShop();
  source = new MemorySource();
});
afterEach(() => shop.close());

const PARTITIONS = [0, 1, 2, 3, 4];
/** Each partition has four messages of a key of its own. */
const amounts = (partition: number): number[] => [1, 2, 3, 4].map((n) => partition * 10 + n);

/**
 * Reads all partitions; the first is held in its handler until the batches of the others wait.
 * @param meanwhile done before the first goes on; gets one of the partitions that wait
 */
async function readTogether(
  handle: Parameters<typeof inboxOf>[2],
  meanwhile: (waiting: number) => Promise<unknown> = async () => {},
  observer?: Counts['observer'],
): Promise<{ readonly ends: readonly (readonly string[])[]; readonly calls: number }> {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let calls = 0;
  const inbox = inboxOf(
    shop,
    source,
    async (tx, messages, seen) => {
      calls += 1;
      if (calls === 1) await held;
      return handle(tx, messages, seen);
    },
    { settings: { transactionsAtOnce: 1, keyFirstWaitMs: 60_000 }, ...(observer === undefined ? {} : { observer }) },
  );
  await inbox.start();
  for (const partition of PARTITIONS) {
    source.append(
      TOPIC,
      partition,
      amounts(partition).map((amount) => fact(`key-${partition}`, amount)),
    );
  }
  const batches = jest.spyOn(source, 'handle');
  const first = source.drain(TOPIC, 0);
  await until('the first is being handled', () => calls === 1);
  const others = PARTITIONS.slice(1).map((partition) => source.drain(TOPIC, partition));
  await until('the others wait', () => batches.mock.calls.length === PARTITIONS.length);
  await meanwhile(2);
  release();
  const ends = await Promise.all([first, ...others]);
  await inbox.stop();
  return { ends, calls };
}

async function transactionsOfOffsets(): Promise<number> {
  const [row] = await shop.rows<{ n: number }>(
    'SELECT count(DISTINCT xmin::text)::int AS n FROM inbox_offset WHERE consumer=$1',
    [CONSUMER],
  );
  return row?.n ?? 0;
}

/** Batches of all partitions, each with its stored position, handed over in one turn of the event loop. */
async function handleOneFetch(): Promise<readonly BatchEnd[]> {
  for (const partition of PARTITIONS) {
    source.append(TOPIC, partition, []);
    await source.drain(TOPIC, partition);
    source.append(
      TOPIC,
      partition,
      amounts(partition).map((amount) => fact(`key-${partition}`, amount)),
    );
  }
  return Promise.all(PARTITIONS.map((partition) => source.handle(source.batch(TOPIC, partition, 0n))));
}

test('what one fetch brings is one transaction, whatever the number of partitions', async () => {
  const sizes: number[] = [];
  const inbox = inboxOf(shop, source, async (tx, messages) => {
    sizes.push(messages.length);
    await insertEffects(tx, messages);
  });
  await inbox.start();
  const ends = await handleOneFetch();
  await inbox.stop();
  expect(ends).toEqual(PARTITIONS.map(() => ({ kind: 'done' })));
  expect(sizes).toEqual([20]);
  for (const partition of PARTITIONS) expect(await shop.position(partition)).toBe(4);
});

test('what does not fit into one transaction is shared out between as many as may run at once', async () => {
  const sizes: number[] = [];
  const inbox = inboxOf(
    shop,
    source,
    async (tx, messages) => {
      sizes.push(messages.length);
      await until('another one runs as well', () => sizes.length > 1);
      await insertEffects(tx, messages);
    },
    { settings: { maxBatch: 8, transactionsAtOnce: 2 } },
  );
  await inbox.start();
  await handleOneFetch();
  await inbox.stop();
  expect(sizes).toEqual([8, 8, 4]);
  expect(await shop.effects()).toHaveLength(20);
});

describe('partitions that come while a transaction runs', () => {
  test('share the next transaction, each at its own position', async () => {
    const counts = new Counts();
    const { ends, calls } = await readTogether(store, undefined, counts.observer);
    expect(ends).toEqual(PARTITIONS.map(() => ['done']));
    expect(calls).toBe(2);
    expect(await transactionsOfOffsets()).toBe(2);
    for (const partition of PARTITIONS) {
      expect(await shop.effects(`key-${partition}`)).toEqual(amounts(partition));
      expect(await shop.position(partition)).toBe(4);
    }
    expect(counts.handled).toEqual({ handled: 20 });
  });

  test('F01 are handled each by itself when one of them has a poison message, which parks only its own key', async () => {
    await readTogether(storeUnless(new Set([32])));
    for (const partition of PARTITIONS) {
      expect(await shop.effects(`key-${partition}`)).toEqual(partition === 3 ? [31] : amounts(partition));
      expect(await shop.position(partition)).toBe(4);
    }
    expect(await shop.rows('SELECT msg_key FROM inbox_parked')).toHaveLength(3);
  });

  test.each([[[2, 3]], [[1, 2, 3]], [[1, 2, 3, 4]]])(
    'F07 are not begun when they are given up meanwhile, and are read by their next owner: %j',
    async (given) => {
      const givenUp = new Set<FetchedBatch>();
      const read: FetchedBatch[] = [];
      const batchOf = source.batch.bind(source);
      jest.spyOn(source, 'batch').mockImplementation((...asked) => {
        const batch = { ...batchOf(...asked), isCurrent: () => !givenUp.has(batch) };
        read.push(batch);
        return batch;
      });
      const { ends } = await readTogether(store, async () => {
        for (const batch of read) if (given.includes(batch.partition)) givenUp.add(batch);
      });
      expect(ends).toEqual(PARTITIONS.map((partition) => (given.includes(partition) ? ['done', 'done'] : ['done'])));
      for (const partition of PARTITIONS) expect(await shop.effects(`key-${partition}`)).toEqual(amounts(partition));
    },
  );

  test('are handled without the one that does not fit its stored position, which is read again', async () => {
    // as another owner of the partition would leave it, or a restore from a backup
    let moved = -1;
    const { ends } = await readTogether(store, (waiting) => {
      moved = waiting;
      return shop.rows('UPDATE inbox_offset SET next_offset=-1 WHERE partition=$1', [waiting]);
    });
    expect(ends[moved]?.[0]).toBe('reposition');
    for (const partition of PARTITIONS) {
      if (partition !== moved) expect(await shop.position(partition)).toBe(4);
    }
    expect(await shop.effects(`key-${moved}`)).toEqual(amounts(moved));
  });

  test('run the work after the commit once, before any of them goes on', async () => {
    let hooks = 0;
    await readTogether(async (tx, messages) => {
      await insertEffects(tx, messages);
      return async () => void (hooks += 1);
    });
    expect(hooks).toBe(2);
  });
});
