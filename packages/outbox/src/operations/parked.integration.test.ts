import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import type { OutboxDatabase } from '../ports.js';
import { outboxDatabase } from '../postgres/pool-database.js';
import type { RelaySettings } from '../relay/settings.js';
import { shardOf } from '../shard-of.js';
import { readLag } from '../statements/read-lag.js';
import { brokerAway, MemoryPublisher, refusing } from '../testing/memory-publisher.js';
import { eventOf, openOutbox, uuid, type OutboxUnderTest } from '../testing/outbox-under-test.js';
import { discardKey } from './discard-key.js';
import { listParked } from './list-parked.js';
import { readParkedKey } from './read-parked-key.js';
import { traceEvent } from './trace-event.js';
import { retryKey } from './retry-key.js';

let outbox: OutboxUnderTest;
let database: OutboxDatabase;
let poison: Set<string>;
let publisher: MemoryPublisher;

beforeEach(async () => {
  outbox = await openOutbox();
  database = outboxDatabase(outbox.pool);
  poison = new Set(['bad']);
  publisher = new MemoryPublisher(refusing(poison));
});
afterEach(async () => {
  await outbox.close();
});

/** Keys with a refused event and two behind it, all of them dead letters by now. */
async function parked(...keys: string[]): Promise<void> {
  await parkedBy({}, ...keys);
}

async function parkedBy(settings: Partial<RelaySettings>, ...keys: string[]): Promise<void> {
  outbox.relay({ publisher, settings: { keyMaxAttempts: 1, ...settings } });
  for (const text of ['bad', '2', '3']) await outbox.append(...keys.map((key) => eventOf(key, text)));
  await until('all are parked', async () => {
    const { deadEvents } = await readLag(outbox.pool);
    return deadEvents === keys.length * 3 && (await outbox.pending()) === 0;
  });
}

async function rewinds(): Promise<unknown> {
  return outbox.rows('SELECT shard,rewind FROM outbox_lease WHERE rewind<>0');
}

describe('listParked', () => {
  test('shows every key once, page by page, with its reason', async () => {
    const keys = Array.from({ length: 7 }, (_, index) => `주문 ${index}`);
    await parked(...keys);
    const found = [];
    let after: string | null = null;
    let pages = 0;
    do {
      const page: Awaited<ReturnType<typeof listParked>> = await listParked(outbox.pool, {
        limit: 3,
        ...(after === null ? {} : { after }),
      });
      found.push(...page.keys);
      after = page.next;
      pages += 1;
    } while (after !== null);
    expect(pages).toBe(3);
    expect(found.map(({ key }) => key).sort()).toEqual(keys);
    expect(found[0]).toMatchObject({
      status: 'PARKED',
      attempts: 1,
      nextAttemptAt: null,
      reason: 'Error: refused: bad',
      events: 3,
      shard: shardOf(found[0]!.key),
    });
    expect((await listParked(outbox.pool)).next).toBeNull();
  });

  test.each([0, -1, 1.5, Number.NaN, 1_001])('a limit of %s is refused', async (limit) => {
    await expect(listParked(outbox.pool, { limit })).rejects.toMatchObject({ code: 'OUTBOX_INVALID_ARGUMENT' });
  });
});

describe('readParkedKey', () => {
  test('shows what was refused and what follows it, in order, page by page', async () => {
    await parked('sick');
    const first = await readParkedKey(outbox.pool, 'sick', { limit: 2 });
    expect(first.page.map(({ payload }) => payload)).toEqual(['bad', '2']);
    expect(first.firstEventId).toBe(first.page[0]!.eventId);
    const second = await readParkedKey(outbox.pool, 'sick', { after: first.next! });
    expect(second.page.map(({ payload }) => payload)).toEqual(['3']);
    expect(second.next).toBeNull();
  });

  test('ends a page early when payloads are large', async () => {
    outbox.relay({ publisher, settings: { keyMaxAttempts: 1 } });
    const large = Array.from({ length: 7 }, (_, index) => eventOf('sick', `${index}`.padEnd(800_000)));
    await outbox.append(eventOf('sick', 'bad'), ...large);
    await until('all are parked', async () => (await readLag(outbox.pool)).deadEvents === 8);
    const first = await readParkedKey(outbox.pool, 'sick');
    const second = await readParkedKey(outbox.pool, 'sick', { after: first.next! });
    expect(first.page.length).toBeLessThan(8);
    expect(first.page.length + second.page.length).toBe(8);
    expect(second.next).toBeNull();
  });

  test('a key that is not parked is refused as such', async () => {
    await expect(readParkedKey(outbox.pool, 'well')).rejects.toMatchObject({ code: 'OUTBOX_KEY_NOT_PARKED' });
    await expect(readParkedKey(outbox.pool, 'a\0b')).rejects.toMatchObject({ code: 'OUTBOX_INVALID_ARGUMENT' });
    await expect(readParkedKey(outbox.pool, 'well', { after: "1'" })).rejects.toMatchObject({
      code: 'OUTBOX_INVALID_ARGUMENT',
    });
  });
});

/** The shard of 'sick' is read from above what is parked. */
async function floorsRise(): Promise<void> {
  const twin = Array.from({ length: 500 }, (_, index) => `twin-${index}`).find(
    (key) => shardOf(key) === shardOf('sick'),
  );
  for (let round = 0; round < 5; round += 1) {
    await outbox.append(eventOf(twin!, `twin ${round}`));
    await until('it is out', async () => (await outbox.pending()) === 0);
  }
}

describe('F13', () => {
  test.each([
    ['from the beginning', false],
    ['from safe floors', true],
  ])('read %s, a key that an operator retries is sent in order before newer events of it', async (_, safeFloor) => {
    await parkedBy({ safeFloor }, 'sick', 'other');
    if (safeFloor) await floorsRise();
    poison.clear();
    // nothing is sent while newer ones are appended and the key comes back, so that their order is seen
    let held = true;
    const weather = publisher.weather;
    publisher.weather = async (events) => {
      await until('the weather clears', () => !held);
      await weather(events);
    };
    await outbox.append(eventOf('sick', '4'));
    expect(await retryKey(database, 'sick')).toEqual({
      events: expect.any(Number) as unknown as number,
      leftOut: 0,
    });
    await outbox.append(eventOf('sick', '5'));
    expect(await outbox.rows(`SELECT attempt_count FROM outbox_key_state WHERE msg_key='sick'`)).toEqual([
      { attempt_count: 0 },
    ]);
    held = false;
    await until('the key is out', () => publisher.of('sick').length === 5);
    expect(publisher.of('sick')).toEqual(['bad', '2', '3', '4', '5']);
    expect(publisher.of('other')).toEqual([]);
    await until('its state is forgotten', async () => (await listParked(outbox.pool)).keys.length === 1);
  });

  test('a key that is retried and refused again is parked again with all that follows it', async () => {
    await parked('sick');
    await retryKey(database, 'sick');
    await until('it is parked again', async () => {
      const { deadEvents, pending } = await readLag(outbox.pool);
      return deadEvents === 3 && pending === 0;
    });
    expect(publisher.of('sick')).toEqual([]);
  });
});

test('a key that was retried is neither listed nor counted as parked while it waits for the broker', async () => {
  await parked('sick', 'other');
  publisher.weather = () => {
    throw brokerAway();
  };
  await retryKey(database, 'sick');
  expect((await listParked(outbox.pool)).keys).toMatchObject([{ key: 'other' }]);
  expect(await readLag(outbox.pool)).toMatchObject({ pending: 3, deadKeys: 1, deadEvents: 3, retryingKeys: 0 });
});

test('retrying a key that is not parked changes nothing, not even a rewind', async () => {
  await outbox.append(eventOf('well', '1'));
  await expect(retryKey(database, 'well')).rejects.toMatchObject({ code: 'OUTBOX_KEY_NOT_PARKED' });
  expect(await rewinds()).toEqual([]);
});

describe('discardKey', () => {
  test('discards all of a key, as a record with the reason; what follows is sent', async () => {
    await parked('sick');
    const { page } = await readParkedKey(outbox.pool, 'sick');
    expect(await discardKey(database, 'sick', { reason: ' sent by hand ', by: 'ann' })).toEqual({
      discarded: 3,
      left: 0,
    });
    expect(await traceEvent(outbox.pool, page[0]!.eventId)).toMatchObject({
      status: 'DISCARDED',
      attempts: null,
      discarded: { reason: 'sent by hand', by: 'ann', at: expect.any(Date) as unknown as Date },
    });
    await outbox.append(eventOf('sick', '4'));
    await until('what follows is out', () => publisher.of('sick').length === 1);
    expect(publisher.of('sick')).toEqual(['4']);
  });

  test('discards one event; the others of the key stay parked until they are retried', async () => {
    await parked('sick');
    const { firstEventId } = await readParkedKey(outbox.pool, 'sick');
    const asked = { eventIds: [firstEventId!], reason: 'nobody can read it', by: 'ann' };
    expect(await discardKey(database, 'sick', asked)).toEqual({ discarded: 1, left: 2 });
    await outbox.append(eventOf('sick', '4'));
    await until('what follows joins its key', async () => (await readLag(outbox.pool)).deadEvents === 3);
    await retryKey(database, 'sick');
    await until('the others are out', () => publisher.of('sick').length === 3);
    expect(publisher.of('sick')).toEqual(['2', '3', '4']);
  });

  test('without a reason, without a name, or with an event that is not parked there, nothing is discarded', async () => {
    await parked('sick', 'other');
    const by = 'ann';
    const reason = 'because';
    const of = async (key: string): Promise<string> => (await readParkedKey(outbox.pool, key)).firstEventId!;
    const wrong = { code: 'OUTBOX_INVALID_ARGUMENT' };
    const unknown = { code: 'OUTBOX_EVENT_UNKNOWN' };
    await expect(discardKey(database, 'sick', { reason: ' \n', by })).rejects.toMatchObject(wrong);
    await expect(discardKey(database, 'sick', { reason: 'a\0', by })).rejects.toMatchObject(wrong);
    await expect(discardKey(database, 'sick', { reason, by: '' })).rejects.toMatchObject(wrong);
    await expect(discardKey(database, 'sick', { reason, by, eventIds: [] })).rejects.toMatchObject(wrong);
    await expect(
      discardKey(database, 'sick', { reason, by, eventIds: [await of('sick'), await of('other')] }),
    ).rejects.toMatchObject(unknown);
    await expect(discardKey(database, 'sick', { reason, by, eventIds: [uuid()] })).rejects.toMatchObject(unknown);
    await expect(discardKey(database, 'sick', { reason, by, eventIds: ['; drop'] })).rejects.toMatchObject(unknown);
    await expect(discardKey(database, 'well', { reason, by })).rejects.toMatchObject({ code: 'OUTBOX_KEY_NOT_PARKED' });
    expect((await readParkedKey(outbox.pool, 'sick')).events).toBe(3);
    expect(await outbox.rows('SELECT 1 FROM outbox_discarded')).toEqual([]);
  });
});
