import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import type { ClaimedLease, StoreSession } from '../outbox-store.js';
import { listParked } from '../operations/list-parked.js';
import { eventOf, openOutbox, type OutboxUnderTest } from '../testing/outbox-under-test.js';
import { connect } from './connect.js';
import { PostgresOutboxStore } from './postgres-outbox-store.js';

const LONG_MS = 60_000;
const SHORT_MS = 50;

const nobody = { notified: () => {}, shardsFree: () => {}, connectionLost: () => {} };

let outbox: OutboxUnderTest;
let a: StoreSession;
let b: StoreSession;

beforeEach(async () => {
  outbox = await openOutbox();
  const store = new PostgresOutboxStore({ database: outbox.url });
  a = await store.connect(1, nobody);
  b = await store.connect(1, nobody);
});
afterEach(async () => {
  await a.close();
  await b.close();
  await outbox.close();
});

const shardsOf = (leases: readonly { readonly shard: number }[]): number[] =>
  leases.map(({ shard }) => shard).sort((x, y) => x - y);

/** Claims after a heartbeat, as a relay does. */
async function claim(session: StoreSession, owner: string, ttlMs: number, held: readonly ClaimedLease[] = []) {
  const result = await session.heartbeat(owner, held, ttlMs);
  return { result, claimed: await session.claim(owner, shardsOf(held), ttlMs) };
}

test('F07 shards that are held are not claimed; released ones are, up to the fair share', async () => {
  const { claimed: all } = await claim(a, 'a', LONG_MS);
  expect(all).toHaveLength(64);
  expect((await claim(b, 'b', LONG_MS)).claimed).toEqual([]);
  await a.release('a', all.slice(0, 40));
  const { claimed } = await claim(b, 'b', LONG_MS);
  expect(claimed).toHaveLength(32);
  expect(claimed.every(({ takenOver }) => !takenOver)).toBe(true);
  const { result } = await claim(a, 'a', LONG_MS, all);
  // what it released is not its own any more, held or not
  expect(shardsOf(result.renewed)).toEqual(shardsOf(all.slice(40)));
  expect(result.relays).toBe(2);
});

test('F06 three relays hold all shards between them', async () => {
  const c = await new PostgresOutboxStore({ database: outbox.url }).connect(1, nobody);
  const sessions = { a, b, c };
  for (const [owner, session] of Object.entries(sessions)) await session.heartbeat(owner, [], LONG_MS);
  const held: number[] = [];
  for (const [owner, session] of Object.entries(sessions)) {
    held.push(...shardsOf((await claim(session, owner, LONG_MS)).claimed));
  }
  expect(held.sort((x, y) => x - y)).toEqual(Array.from({ length: 64 }, (_, shard) => shard));
  await c.close();
});

test('F06 a relay that is paused in the middle of a transaction does not keep a lease locked', async () => {
  const connection = { database: outbox.url, pooled: false, lane: true, connectTimeoutMs: 5_000, queryTimeoutMs: 300 };
  let lost = false;
  const paused = await connect(connection, () => void (lost = true));
  try {
    await paused.query('BEGIN');
    await paused.query('SELECT 1 FROM outbox_lease WHERE shard=3 FOR NO KEY UPDATE');
    await until('its connection has been ended', () => Promise.resolve(lost));
    expect(await outbox.rows('SELECT 1 FROM outbox_lease WHERE shard=3 FOR NO KEY UPDATE')).toHaveLength(1);
  } finally {
    await paused.end();
  }
});

test('F06 F40 a heartbeat says when the first lease of another relay expires', async () => {
  expect((await claim(a, 'a', LONG_MS)).result.nextFreeMs).toBeNull();
  const { nextFreeMs } = await b.heartbeat('b', [], LONG_MS);
  expect(nextFreeMs).toBeGreaterThan(0);
  expect(nextFreeMs).toBeLessThanOrEqual(LONG_MS);
  await outbox.rows(`UPDATE outbox_relay SET alive_until=now()+interval '1 hour' WHERE owner='a'`);
  await outbox.rows(`UPDATE outbox_lease SET lease_until=now()+interval '1 hour' WHERE shard>0`);
  await outbox.rows(`UPDATE outbox_lease SET lease_until=now()+interval '1 minute' WHERE shard=0`);
  expect((await b.heartbeat('b', [], LONG_MS)).nextFreeMs).toBeLessThanOrEqual(LONG_MS);
  // one that has run out is free by now, and one that was given back is too
  await outbox.rows(`UPDATE outbox_lease SET lease_until=now() WHERE shard=0`);
  expect((await b.heartbeat('b', [], LONG_MS)).nextFreeMs).toBeGreaterThan(LONG_MS);
  await outbox.rows(`UPDATE outbox_lease SET owner=NULL`);
  expect((await b.heartbeat('b', [], LONG_MS)).nextFreeMs).toBeNull();
});

test('F06 what a relay does under an older epoch changes nothing', async () => {
  const event = eventOf('k', '1');
  await outbox.append(event, eventOf('k', '2'));
  const [{ shard }] = (await outbox.rows<{ shard: number }>('SELECT shard FROM outbox_pending')) as [{ shard: number }];
  const old = (await claim(a, 'a', SHORT_MS)).claimed.find((lease) => lease.shard === shard)!;
  const page = await a.lanes[0]!.readPage([old], 100, 1e6, []);
  expect(page.map(({ payload }) => payload)).toEqual(['1', '2']);
  let taken: ClaimedLease | undefined;
  await until('another has it', async () => {
    taken = (await claim(b, 'b', LONG_MS)).claimed.find((lease) => lease.shard === shard);
    return taken !== undefined;
  });
  expect(taken).toMatchObject({ takenOver: true, epoch: String(Number(old.epoch) + 1) });

  const lane = a.lanes[0]!;
  const failure = { key: 'k', reason: 'no', waitMs: 1, maxAttempts: 1, ids: page.map(({ id }) => id) };
  expect(await lane.acknowledge('a', [old], page)).toMatchObject({ held: 0, changed: 0 });
  expect(await lane.parkKey('a', old, failure)).toMatchObject({ held: 0, changed: 0 });
  expect(await lane.parkFollowers('a', [old], [{ shard, key: 'k', id: page[0]!.id }])).toEqual({ held: 0, changed: 0 });
  await a.release('a', [old]);
  expect((await a.heartbeat('a', [old], LONG_MS)).renewed).toEqual([]);
  expect(await outbox.pending()).toBe(2);
  expect(await outbox.rows('SELECT 1 FROM outbox_key_state')).toEqual([]);
  expect(await outbox.rows('SELECT owner FROM outbox_lease WHERE shard=$1', [shard])).toEqual([{ owner: 'b' }]);

  // one lost among many: nothing of the batch is acknowledged, so that the holder looks again
  const others = (await claim(b, 'b', LONG_MS, [taken!])).claimed;
  expect(
    await b.lanes[0]!.acknowledge('b', [{ ...taken!, epoch: old.epoch }, ...others.slice(0, 1)], page),
  ).toMatchObject({
    changed: 0,
  });

  // nor does it park an event behind its key
  expect(await b.lanes[0]!.parkKey('b', taken!, { ...failure, ids: [page[0]!.id] })).toMatchObject({ changed: 1 });
  const follower = [{ shard, key: 'k', id: page[1]!.id }];
  expect(await lane.parkFollowers('a', [old], follower)).toEqual({ held: 0, changed: 0 });
  const older = { ...taken!, epoch: old.epoch };
  expect(await b.lanes[0]!.parkFollowers('b', [older], follower)).toEqual({ held: 0, changed: 0 });
  // nor does it release what the same relay has claimed again
  await b.release('b', [older]);
  expect(await outbox.rows('SELECT owner FROM outbox_lease WHERE shard=$1', [shard])).toEqual([{ owner: 'b' }]);
  expect(await b.lanes[0]!.parkFollowers('b', [taken!], follower)).toEqual({ held: 1, changed: 1 });
});

test('a page is in the order of ids, pointers without an event among them, up to where it is cut', async () => {
  const BYTES = 300;
  // three bytes each
  const payload = '€'.repeat(BYTES / 3);
  await outbox.append(...['a', 'b', 'c', 'd', 'e', 'f'].map((key) => eventOf(key, payload)));
  const ids = (await outbox.rows<{ id: string }>('SELECT id::text FROM outbox_pending ORDER BY id')).map(
    ({ id }) => id,
  );
  const [free] = await outbox.rows<{ shard: number }>(
    'SELECT s.shard FROM outbox_lease s WHERE NOT EXISTS (SELECT FROM outbox_pending p WHERE p.shard=s.shard) LIMIT 1',
  );
  // as a day that was dropped too early would leave them
  for (const id of [ids[2], ids[4]]) {
    await outbox.rows(`INSERT INTO outbox_pending VALUES ($1,$2,uuidv7())`, [free!.shard, id]);
  }
  const { claimed } = await claim(a, 'a', LONG_MS);
  const read = async (maxBytes: number, excluded: readonly string[] = [], perShard = 100) =>
    (await a.lanes[0]!.readPage(claimed, perShard, maxBytes, excluded)).map(({ id, key }) => [id, key !== null]);
  const isEvent = (...places: readonly number[]) => places.map((place) => [ids[place], true]);
  const all = await read(1e6);
  expect(all.map(([id]) => id)).toEqual([0, 1, 2, 2, 3, 4, 4, 5].map((place) => ids[place]));
  expect(all.filter(([, event]) => event)).toEqual(isEvent(0, 1, 2, 3, 4, 5));
  // one that does not fit ends it, and what comes behind is not looked for
  expect(await read(BYTES)).toEqual(isEvent(0));
  expect(await read(BYTES + 1)).toEqual(isEvent(0, 1));
  expect(await read(2 * BYTES)).toEqual(isEvent(0, 1));
  expect(await read(1)).toEqual(isEvent(0));
  // what is in hand is left out, also where nothing else has an event
  expect((await read(1e6, ids.slice(0, 2))).map(([id]) => id)).toEqual([2, 2, 3, 4, 4, 5].map((place) => ids[place]));
  expect(await read(1e6, ids)).toEqual([]);
  await outbox.rows('DELETE FROM outbox_pending WHERE shard<>$1', [free!.shard]);
  expect(await read(1e6)).toEqual([ids[2], ids[4]].map((id) => [id, false]));
  expect(await read(1e6, [], 1)).toEqual([[ids[2], false]]);
});

test('F13 a heartbeat under an older rewind leaves the floor of what came back', async () => {
  const { claimed } = await claim(a, 'a', LONG_MS);
  const raised = { ...claimed.find(({ shard }) => shard === 3)!, floor: '100' };
  const floors = (): Promise<object[]> => outbox.rows('SELECT floor,rewind FROM outbox_lease WHERE shard=3');
  await a.heartbeat('a', [raised], LONG_MS);
  expect(await floors()).toEqual([{ floor: '100', rewind: '0' }]);
  await outbox.rows('UPDATE outbox_lease SET rewind=rewind+1,floor=0 WHERE shard=3');
  expect((await a.heartbeat('a', [raised], LONG_MS)).renewed).toEqual([{ shard: 3, rewind: '1' }]);
  expect(await floors()).toEqual([{ floor: '0', rewind: '1' }]);
});

test('a relay that has lost its connection claims its own shards again under new epochs', async () => {
  const { claimed: before } = await claim(a, 'a', LONG_MS);
  const { result, claimed: after } = await claim(a, 'a', LONG_MS);
  expect(result.claimable).toBe(64);
  expect(after).toHaveLength(64);
  expect(after.every(({ takenOver }) => !takenOver)).toBe(true);
  expect(Number(after[0]!.epoch)).toBe(Number(before[0]!.epoch) + 1);
});

test('a key whose next attempt is due comes back once, its shard marked as rewound', async () => {
  await outbox.append(eventOf('k', '1'), eventOf('k', '2'));
  const { claimed } = await claim(a, 'a', LONG_MS);
  const lane = a.lanes[0]!;
  const page = await lane.readPage(claimed, 100, 1e6, []);
  const lease = claimed.find(({ shard }) => shard === page[0]!.shard)!;
  const failure = { key: 'k', reason: 'no', waitMs: SHORT_MS, maxAttempts: 2, ids: page.map(({ id }) => id) };
  expect(await lane.parkKey('a', lease, failure)).toEqual({ held: 1, changed: 2, dead: false });
  await lane.retryDueKey(lease.shard, 'k');
  expect(await outbox.pending()).toBe(0);
  await until('it is due', async () => (await a.heartbeat('a', claimed, LONG_MS)).due.length === 1);
  await lane.retryDueKey(lease.shard, 'k');
  await lane.retryDueKey(lease.shard, 'k');
  const again = await lane.readPage(claimed, 100, 1e6, []);
  expect(again.map(({ payload, parked, attempts }) => ({ payload, parked, attempts }))).toEqual([
    { payload: '1', parked: false, attempts: 1 },
    { payload: '2', parked: false, attempts: 1 },
  ]);
  expect(Number(again[0]!.rewind)).toBeGreaterThan(Number(lease.rewind));
  expect(await lane.parkKey('a', lease, failure)).toMatchObject({ dead: true });
  expect((await a.heartbeat('a', claimed, LONG_MS)).due).toEqual([]);
  // a success of something older of it that was in flight does not end its parking
  await lane.clearFailures(lease.shard, 'k');
  expect((await listParked(outbox.pool)).keys).toMatchObject([{ key: 'k', status: 'PARKED' }]);
});
