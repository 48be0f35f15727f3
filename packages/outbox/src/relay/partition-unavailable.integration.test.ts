import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import { partitionOf } from '../partition-of.js';
import { readLag } from '../statements/read-lag.js';
import { brokerAway, MemoryPublisher } from '../testing/memory-publisher.js';
import { eventOf, openOutbox, type OutboxUnderTest } from '../testing/outbox-under-test.js';

let outbox: OutboxUnderTest;
beforeEach(async () => {
  outbox = await openOutbox();
});
afterEach(async () => {
  await outbox.close();
});

const KEYS = Array.from({ length: 60 }, (_, index) => `key-${index}`);
const round = (text: string) => KEYS.map((key) => eventOf(key, text));
const drained = (): Promise<void> => until('nothing waits', async () => (await outbox.pending()) === 0);

describe('F12', () => {
  test('a partition that the broker does not serve holds up its own events and no others, and they come later in order', async () => {
    const sick = partitionOf('key-0', 4);
    const [others, ofSick] = [
      KEYS.filter((key) => partitionOf(key, 4) !== sick),
      KEYS.filter((key) => partitionOf(key, 4) === sick),
    ];
    const publisher = new MemoryPublisher();
    publisher.lacks(sick);
    outbox.relay({ publisher, settings: { leaseMs: 600 } });
    for (const text of ['1', '2', '3']) {
      await outbox.append(...round(text));
      await until('the others are out', () => others.every((key) => publisher.of(key).at(-1) === text), 15_000);
    }
    expect(ofSick.flatMap((key) => publisher.of(key))).toEqual([]);
    publisher.weather = () => {};
    await drained();
    for (const key of KEYS) expect(publisher.of(key)).toEqual(['1', '2', '3']);
    expect(await readLag(outbox.pool)).toMatchObject({ deadKeys: 0, retryingKeys: 0 });
  });

  test('a relay that does not reach the broker gives its shards to one that does', async () => {
    const settings = { leaseMs: 600 };
    let away = true;
    const cutOff = new MemoryPublisher(() => {
      if (away) throw brokerAway();
    });
    outbox.relay({ publisher: cutOff, settings });
    await outbox.append(...round('1'));
    await until('it tries', () => cutOff.requests > 0);
    const publisher = new MemoryPublisher();
    outbox.relay({ publisher, settings });
    for (const text of ['2', '3']) {
      await outbox.append(...round(text));
      await until('all are out', async () => (await outbox.pending()) === 0, 15_000);
    }
    for (const key of KEYS) expect(publisher.of(key)).toEqual(['1', '2', '3']);
    expect(await readLag(outbox.pool)).toMatchObject({ deadKeys: 0, retryingKeys: 0 });
    // it comes back by itself and has its share again
    away = false;
    await until('both bring events out', async () => {
      await outbox.append(...round('4'));
      await drained();
      return cutOff.arrived.length > 0;
    });
  });
});
