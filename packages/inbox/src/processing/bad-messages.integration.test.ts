import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MemorySource } from '../testing/memory-source.js';
import { Counts, decodeFact, fact, inboxOf, openShop, store, TOPIC, uuid, type Shop } from '../testing/shop.js';

let shop: Shop;
let source: MemorySource;
let counts: Counts;
beforeEach(async () => {
  shop = await openShop();
  source = new MemorySource();
  counts = new Counts();
});
afterEach(() => shop.close());

interface Parked {
  at: number;
  key: string | null;
  reason: string;
  raw_key: Buffer | null;
  raw_value: Buffer | null;
  event_id: string | null;
}
const parked = () =>
  shop.rows<Parked>(
    'SELECT "offset"::int AS at,msg_key AS key,reason,raw_key,raw_value,event_id FROM inbox_parked ORDER BY inbox_parked."offset"',
  );

const typed = (eventType: string): Buffer =>
  Buffer.from(JSON.stringify({ eventId: uuid(), eventType, amount: 1, note: 'x' }));

describe('F02 a message that cannot be read', () => {
  test.each<[string, Buffer | null, RegExp]>([
    ['of an unlisted type', typed('NO_SUCH_TYPE'), /type not listed: "NO_SUCH_TYPE"/],
    ['that is not JSON', Buffer.from('not json'), /not JSON/],
    ['that is not even text', Buffer.from([0xff, 0xfe, 0x00]), /not JSON/],
    ['without a value', null, /no value/],
    ['with an id that is no UUID', Buffer.from('{"eventType":"ADDED","eventId":"1\\u0000"}'), /not a UUID: 1\\0/],
    ['that is huge', Buffer.concat([Buffer.from('{"x":"'), Buffer.alloc(5_000_000, 0x61)]), /not JSON/],
    ['that is nested deeply', Buffer.from('['.repeat(200_000)), /not JSON|RangeError/],
  ])('%s is PARKED at once, with its reason and raw bytes; the partition goes on', async (_what, value, reason) => {
    const inbox = inboxOf(shop, source, store, { observer: counts.observer });
    await inbox.start();
    source.append(TOPIC, 0, [fact('bad', 1), { key: Buffer.from('bad'), value }, fact('other', 2), fact('bad', 3)]);
    expect(await source.drain(TOPIC, 0)).toEqual(['done']);
    expect(await shop.effects()).toEqual([1, 2]);
    expect(await shop.position()).toBe(4);

    const [unreadable, follower] = await parked();
    expect(unreadable).toMatchObject({
      at: 1,
      key: 'bad',
      event_id: null,
      reason: expect.stringMatching(reason) as unknown,
    });
    expect(unreadable?.raw_key).toEqual(Buffer.from('bad'));
    expect(value === null ? unreadable?.raw_value === null : unreadable?.raw_value?.equals(value)).toBe(true);
    expect(follower).toMatchObject({ at: 3, key: 'bad', reason: 'behind a parked message of its key' });
    // it will not be readable in a minute either: an operator decides
    expect(await shop.rows('SELECT msg_key FROM inbox_key_state WHERE next_attempt_at IS NULL')).toHaveLength(1);
    expect(counts.handled).toEqual({ handled: 2, unreadable: 1, parked: 1 });
    await inbox.stop();
  });

  test('without a key parks itself alone', async () => {
    const inbox = inboxOf(shop, source, store, { observer: counts.observer });
    await inbox.start();
    source.append(TOPIC, 0, [{ key: null, value: Buffer.from('?') }, fact(null, 1), fact('k', 2)]);
    await source.drain(TOPIC, 0);
    expect(await shop.effects()).toEqual([1, 2]);
    expect(await parked()).toMatchObject([{ at: 0, key: null }]);
    expect(await shop.rows('SELECT 1 FROM inbox_key_state')).toEqual([]);
    await inbox.stop();
  });

  test('with a key that PostgreSQL’s text or index cannot hold is parked all the same', async () => {
    const inbox = inboxOf(shop, source, store);
    await inbox.start();
    const keys = [Buffer.from([0xff, 0x61]), Buffer.from('a\0b'), Buffer.alloc(3_000, 0x6b), Buffer.from('')];
    source.append(
      TOPIC,
      0,
      keys.flatMap((key) => [
        { key, value: Buffer.from('?') },
        { ...fact('', 1), key },
      ]),
    );
    await source.drain(TOPIC, 0);
    expect(await shop.effects()).toEqual([]);
    const rows = await parked();
    expect(rows).toHaveLength(8);
    expect(rows.map(({ raw_key }) => raw_key)).toEqual(keys.flatMap((key) => [key, key]));
    await inbox.stop();
  });

  test('becomes readable with a newer program, and an operator’s retry then handles the key in order', async () => {
    const older = inboxOf(shop, source, store);
    await older.start();
    source.append(TOPIC, 0, [{ key: Buffer.from('k'), value: typed('NEWER') }, fact('k', 2)]);
    await source.drain(TOPIC, 0);
    expect(await older.retryKey(TOPIC, 'k')).toBe('failed');
    expect(await shop.effects()).toEqual([]);
    await older.stop();

    const newer = inboxOf(shop, source, store, {
      decode: (value) => decodeFact(Buffer.from((value ?? '').toString().replace('NEWER', 'ADDED'))),
    });
    await newer.start();
    expect(await newer.retryKey(TOPIC, 'k')).toBe('handled');
    expect(await shop.effects()).toEqual([1, 2]);
    await newer.stop();
  });
});

test('F03 fields that this reader does not know are ignored', async () => {
  const inbox = inboxOf(shop, source, store);
  await inbox.start();
  source.append(TOPIC, 0, [{ key: Buffer.from('k'), value: typed('ADDED') }]);
  await source.drain(TOPIC, 0);
  expect(await shop.effects()).toEqual([1]);
  expect(await parked()).toEqual([]);
  await inbox.stop();
});
