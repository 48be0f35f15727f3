import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import pg from 'pg';
import type { ClaimedLease, StoreSession } from '../outbox-store.js';
import { listShards } from '../statements/read-shards.js';
import { openOutbox, type OutboxUnderTest } from '../testing/outbox-under-test.js';
import { PostgresOutboxStore } from './postgres-outbox-store.js';

const TTL_MS = 60_000;

const nobody = { notified: () => {}, shardsFree: () => {}, connectionLost: () => {} };

let outbox: OutboxUnderTest;
let a: StoreSession;
let b: StoreSession;
let other: pg.Client;

beforeEach(async () => {
  outbox = await openOutbox();
  const store = new PostgresOutboxStore({ database: outbox.url });
  a = await store.connect(1, nobody);
  b = await store.connect(1, nobody);
  other = new pg.Client({ connectionString: outbox.url });
  await other.connect();
});
afterEach(async () => {
  await other.end();
  await a.close();
  await b.close();
  await outbox.close();
});

async function claim(session: StoreSession, owner: string, held: readonly ClaimedLease[] = []) {
  const result = await session.heartbeat(owner, held, TTL_MS);
  const shards = held.map(({ shard }) => shard);
  return { result, claimed: result.claimable === 0 ? [] : await session.claim(owner, shards, TTL_MS) };
}
const rows = (): Promise<{ shard: number; owner: string; written: string }[]> =>
  outbox.rows('SELECT shard,owner,xmin::text AS written FROM outbox_lease ORDER BY shard');
const ownedBy = async (owner: string): Promise<number> => (await rows()).filter((row) => row.owner === owner).length;
/** Its heartbeats stay away for longer than its leases last. */
const dies = (owner: string): Promise<object[]> =>
  outbox.rows(`UPDATE outbox_relay SET alive_until=now()-interval '1 second' WHERE owner=$1`, [owner]);
const rowsEnd = (owner: string): Promise<object[]> =>
  outbox.rows(`UPDATE outbox_lease SET lease_until=now()-interval '1 second' WHERE owner=$1`, [owner]);
const somebodyWaits = (): Promise<void> =>
  until('somebody waits for a lock', async () => {
    const waiting = await outbox.rows(
      `SELECT 1 FROM pg_stat_activity WHERE datname=current_database() AND wait_event_type='Lock'`,
    );
    return waiting.length > 0;
  });

test('F06 a heartbeat renews all leases and writes none of their rows, until they are about to end', async () => {
  const { claimed } = await claim(a, 'a');
  const before = await rows();
  for (let beats = 0; beats < 3; beats += 1) expect((await a.heartbeat('a', claimed, TTL_MS)).renewed).toHaveLength(64);
  expect(await rows()).toEqual(before);
  await outbox.rows(`UPDATE outbox_lease SET lease_until=now()+interval '1 minute' WHERE shard=3`);
  const soon = await rows();
  expect((await a.heartbeat('a', claimed, TTL_MS)).renewed).toHaveLength(64);
  const changed = (await rows()).filter(({ written }, shard) => written !== soon[shard]?.written);
  expect(changed.map(({ shard }) => shard)).toEqual([3]);
  const [row] = await outbox.rows(
    `SELECT 1 FROM outbox_lease WHERE shard=3 AND lease_until>now()+interval '11 minutes'`,
  );
  expect(row).toBeDefined();
});

test('F06 F40 what a dead relay held is claimed as soon as it is dead; when it comes back it holds nothing', async () => {
  const { claimed } = await claim(a, 'a');
  expect((await claim(b, 'b')).claimed).toEqual([]);
  await dies('a');
  expect((await listShards(other)).filter(({ held }) => held)).toEqual([]);
  const { result, claimed: taken } = await claim(b, 'b');
  expect(result).toMatchObject({ claimable: 64, relays: 1 });
  expect(taken).toHaveLength(64);
  expect(taken.every(({ takenOver }) => takenOver)).toBe(true);
  // it still believes in its leases: none is renewed, and it gets no others with them in its hands
  expect((await a.heartbeat('a', claimed, TTL_MS)).renewed).toEqual([]);
  expect(
    await a.claim(
      'a',
      claimed.slice(1).map(({ shard }) => shard),
      TTL_MS,
    ),
  ).toEqual([]);
  await b.release('b', taken.slice(0, 40));
  expect((await claim(a, 'a')).claimed).toHaveLength(32);
  expect(await ownedBy('b')).toBe(24);
});

test('F06 a relay that comes back while its leases are ended waits, and then holds none', async () => {
  const { claimed } = await claim(a, 'a');
  await claim(b, 'b');
  await dies('a');
  await other.query('BEGIN');
  await other.query(`UPDATE outbox_relay SET state='FENCED' WHERE owner='a'`);
  await other.query(`UPDATE outbox_lease SET lease_until=now() WHERE owner='a'`);
  const back = a.heartbeat('a', claimed, TTL_MS);
  await somebodyWaits();
  await other.query('COMMIT');
  expect((await back).renewed).toEqual([]);
  expect((await claim(b, 'b')).claimed).toHaveLength(64);
});

test('F06 the leases of a relay that is just coming back are not ended', async () => {
  const { claimed } = await claim(a, 'a');
  await dies('a');
  await other.query('BEGIN');
  await other.query(`UPDATE outbox_relay SET alive_until=now()+interval '1 minute' WHERE owner='a'`);
  expect((await claim(b, 'b')).claimed).toEqual([]);
  await other.query('COMMIT');
  expect((await claim(b, 'b')).claimed).toEqual([]);
  expect((await a.heartbeat('a', claimed, TTL_MS)).renewed).toHaveLength(64);
});

test('F06 a relay that leaves keeps what it holds until it has released it, and counts no more', async () => {
  const { claimed } = await claim(a, 'a');
  await b.heartbeat('b', [], TTL_MS);
  await a.leave('a');
  const { result, claimed: none } = await claim(b, 'b');
  expect([result.relays, none]).toEqual([1, []]);
  await a.release('a', claimed.slice(0, 10));
  expect((await claim(b, 'b')).claimed).toHaveLength(10);
  await dies('a');
  expect(await b.claim('b', [], TTL_MS)).toHaveLength(64);
});

// What a relay of the version before sends, without what changes nothing here.
describe('beside the version before', () => {
  const CLAIM = `WITH n AS (SELECT greatest(1,count(*)) c FROM outbox_relay WHERE alive_until>now()),
pick AS MATERIALIZED (SELECT shard,owner AS was FROM outbox_lease WHERE (owner IS NULL OR owner=$1::text OR lease_until<=now()) AND NOT shard=ANY($3::smallint[])
  ORDER BY (shard+(hashtext($1::text)&63))&63 LIMIT (SELECT greatest(0,ceil(64.0/n.c)-cardinality($3::smallint[])) FROM n) FOR NO KEY UPDATE SKIP LOCKED)
UPDATE outbox_lease l SET owner=$1::text,epoch=l.epoch+1,lease_until=now()+$2::float8*interval '1 millisecond' FROM pick WHERE l.shard=pick.shard RETURNING l.shard,l.epoch::text AS epoch`;
  const HEARTBEAT = `WITH h AS MATERIALIZED (SELECT l.shard FROM outbox_lease l JOIN unnest($2::smallint[],$3::bigint[]) x(shard,epoch)
  ON l.shard=x.shard AND l.epoch=x.epoch WHERE l.owner=$1 ORDER BY l.shard FOR NO KEY UPDATE OF l),
renewed AS (UPDATE outbox_lease l SET lease_until=now()+$4::float8*interval '1 millisecond' FROM h WHERE l.shard=h.shard RETURNING l.shard),
beat AS (INSERT INTO outbox_relay(owner,alive_until) VALUES ($1,now()+$4::float8*interval '1 millisecond') ON CONFLICT (owner) DO UPDATE SET alive_until=excluded.alive_until)
SELECT (SELECT count(*)::int FROM renewed) AS renewed`;
  type Old = { readonly shard: number; readonly epoch: string };
  const oldBeat = async (leases: readonly Old[] = []): Promise<number> => {
    const values = ['old', leases.map(({ shard }) => shard), leases.map(({ epoch }) => epoch), TTL_MS];
    return (await other.query(HEARTBEAT, values)).rows[0].renewed;
  };
  const oldClaims = async (held: readonly Old[] = []): Promise<Old[]> =>
    (await other.query(CLAIM, ['old', TTL_MS, held.map(({ shard }) => shard)])).rows;

  test('F06 it claims nothing of a live relay, and what a dead one held once another has noticed', async () => {
    const { claimed } = await claim(a, 'a');
    await oldBeat();
    expect(await oldClaims()).toEqual([]);
    expect((await a.heartbeat('a', claimed, TTL_MS)).renewed).toHaveLength(64);
    await dies('a');
    // a fair share goes to the one that has noticed, the rest is free for the other
    expect((await claim(b, 'b')).claimed).toHaveLength(32);
    expect(await oldClaims()).toHaveLength(32);
    expect((await a.heartbeat('a', claimed, TTL_MS)).renewed).toEqual([]);
  });

  test('F06 alone, it claims what a dead relay held when the rows end; that one comes back and holds none of it', async () => {
    const { claimed } = await claim(a, 'a');
    await dies('a');
    await oldBeat();
    expect(await oldClaims()).toEqual([]);
    await rowsEnd('a');
    const taken = await oldClaims();
    expect(taken).toHaveLength(64);
    expect((await a.heartbeat('a', claimed, TTL_MS)).renewed).toEqual([]);
    expect(await oldBeat(taken)).toBe(64);
  });

  test('F06 a relay waits for a claim of it that is under way, and loses those shards', async () => {
    const { claimed } = await claim(a, 'a');
    await rowsEnd('a');
    await oldBeat();
    await other.query('BEGIN');
    expect(await oldClaims()).toHaveLength(32);
    const beat = a.heartbeat('a', claimed, TTL_MS);
    await somebodyWaits();
    await other.query('COMMIT');
    expect((await beat).renewed).toHaveLength(32);
    expect([await ownedBy('a'), await ownedBy('old')]).toEqual([32, 32]);
  });

  test('F06 its own leases last as long as their rows, whatever became of its heartbeat', async () => {
    await oldBeat();
    const held = await oldClaims();
    expect(held).toHaveLength(64);
    await dies('old');
    expect((await claim(b, 'b')).claimed).toEqual([]);
    expect(await oldBeat(held)).toBe(64);
    await rowsEnd('old');
    expect((await claim(b, 'b')).claimed).toHaveLength(32);
    expect(await oldBeat(held)).toBe(32);
  });
});
