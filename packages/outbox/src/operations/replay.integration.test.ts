import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import type { OutboxDatabase } from '../ports.js';
import { outboxDatabase } from '../postgres/pool-database.js';
import { dropStaged } from '../statements/abandon-replay.js';
import { readLag } from '../statements/read-lag.js';
import { MemoryPublisher, refusing } from '../testing/memory-publisher.js';
import { eventOf, openOutbox, uuid, type OutboxUnderTest } from '../testing/outbox-under-test.js';
import { discardKey } from './discard-key.js';
import {
  abandonReplay,
  advanceReplay,
  confirmReplay,
  listReplays,
  replayStatus,
  startReplay,
  type Replay,
} from './replay.js';

let outbox: OutboxUnderTest;
let database: OutboxDatabase;
let publisher: MemoryPublisher;

beforeEach(async () => {
  outbox = await openOutbox();
  database = outboxDatabase(outbox.pool);
  publisher = new MemoryPublisher();
});
afterEach(async () => {
  await outbox.close();
});

const KEYS = ['a', 'b', 'c', 'd'];
const by = 'ann';

/** Everything that is there has been sent once. */
async function sent(rounds = 10): Promise<void> {
  const beginMs = Date.now();
  for (let round = 0; round < rounds; round += 1) {
    // a millisecond for each, however quickly they are written
    await outbox.append(...KEYS.map((key) => eventOf(key, `${round}`, { eventId: uuid(beginMs + round) })));
  }
  outbox.relay({ publisher });
  await drained();
}

const drained = (): Promise<void> => until('nothing waits', async () => (await outbox.pending()) === 0);

async function toEnd(job: string, events: number): Promise<Replay> {
  for (;;) {
    const replay = await advanceReplay(database, job, { events });
    if (replay.over || replay.state === 'HELD') return replay;
  }
}

const idsOf = (key: string): string[] =>
  publisher.arrived.flatMap((event) => (event.key === key ? [event.eventId] : []));

describe('F14', () => {
  test('a key is sent again with the same ids in the same order, in steps, and nothing else', async () => {
    await sent();
    const first = idsOf('b');
    const { job } = await startReplay(outbox.pool, { key: 'b', by });
    expect(await toEnd(job, 3)).toMatchObject({
      state: 'DONE',
      over: true,
      lookedAt: 40,
      staged: 10,
      taken: 10,
      released: 10,
      key: 'b',
      by,
    });
    await drained();
    expect(idsOf('b')).toEqual([...first, ...first]);
    expect(publisher.arrived).toHaveLength(50);
    expect(await outbox.rows('SELECT 1 FROM outbox_replay_event')).toEqual([]);
    // again does nothing
    expect(await advanceReplay(database, job)).toMatchObject({ state: 'DONE', released: 10 });
  });

  test('a time range is sent again, its end left out; a key may be named within it', async () => {
    await sent(3);
    const times = await outbox.rows<{ at: Date }>(
      'SELECT uuid_extract_timestamp(event_id) AS at FROM outbox_event ORDER BY event_id',
    );
    const [from, to] = [times[4]!.at, times[8]!.at];
    const within = times.filter(({ at }) => at >= from && at < to).length;
    const all = await startReplay(outbox.pool, { from, to, by });
    expect(await toEnd(all.job, 100)).toMatchObject({ staged: within, released: within, from, to });
    await drained();
    expect(publisher.arrived).toHaveLength(12 + within);
    const one = await startReplay(outbox.pool, { from: new Date(0), to: new Date(), key: 'a', by });
    expect(await toEnd(one.job, 100)).toMatchObject({ staged: 3, released: 3 });
  });
});

test('F14 where the clocks of two writers differ, a replay keeps the order in which the events were sent', async () => {
  const quick = 30 * 60_000;
  // the first writer's clock is half an hour fast: its ids are higher, though its events came first
  const ids = [0, 1, 2, 3, 4, 5].map((n) => uuid(Date.now() + (n % 2 === 0 ? quick : 0) + n));
  for (const [index, eventId] of ids.entries()) await outbox.append(eventOf('a', String(index), { eventId }));
  outbox.relay({ publisher });
  await drained();
  expect(idsOf('a')).toEqual(ids);
  const { job } = await startReplay(outbox.pool, { key: 'a', by });
  expect(await toEnd(job, 1)).toMatchObject({ staged: 6, released: 6 });
  await drained();
  expect(idsOf('a')).toEqual([...ids, ...ids]);
});

test('a dry run counts and waits, then sends what it found when it is confirmed', async () => {
  await sent();
  const { job } = await startReplay(outbox.pool, { key: 'b', by, dryRun: true });
  await expect(confirmReplay(outbox.pool, job)).rejects.toMatchObject({ code: 'OUTBOX_REPLAY_OVER' });
  expect(await toEnd(job, 7)).toMatchObject({ state: 'HELD', over: false, staged: 10, taken: 0, released: 0 });
  expect(await advanceReplay(database, job)).toMatchObject({ state: 'HELD' });
  expect(await outbox.pending()).toBe(0);
  expect(await confirmReplay(outbox.pool, job)).toMatchObject({ state: 'RELEASING' });
  expect(await toEnd(job, 4)).toMatchObject({ state: 'DONE', released: 10 });
  expect(await confirmReplay(outbox.pool, job)).toMatchObject({ state: 'DONE' });
  await drained();
  expect(idsOf('b')).toHaveLength(20);
});

test('several processes advance one replay and nothing is reordered or released twice', async () => {
  await sent(50);
  const first = KEYS.map(idsOf);
  const { job } = await startReplay(outbox.pool, { from: new Date(0), to: new Date(), by });
  const ends = await Promise.all(Array.from({ length: 4 }, () => toEnd(job, 7)));
  expect(ends.every(({ over }) => over)).toBe(true);
  expect(await replayStatus(outbox.pool, job)).toMatchObject({ staged: 200, taken: 200, released: 200 });
  await drained();
  for (const [index, key] of KEYS.entries()) expect(idsOf(key)).toEqual([...first[index]!, ...first[index]!]);
});

test('what is parked stays there, and what was discarded stays out', async () => {
  publisher.weather = refusing(new Set(['bad', 'worse']));
  outbox.relay({ publisher, settings: { keyMaxAttempts: 1 } });
  await outbox.append(eventOf('a', '1'), eventOf('a', 'bad'), eventOf('b', '1'), eventOf('b', 'worse'));
  await until('they are parked', async () => (await readLag(outbox.pool)).deadKeys === 2);
  await discardKey(database, 'b', { reason: 'because', by });
  const { job } = await startReplay(outbox.pool, { from: new Date(0), to: new Date(), by });
  expect(await toEnd(job, 100)).toMatchObject({ lookedAt: 4, staged: 3, taken: 3 });
  await until('what went out goes out again', () => publisher.arrived.length >= 3);
  await drained();
  expect(publisher.of('b')).toEqual(['1']);
  expect((await readLag(outbox.pool)).deadKeys).toBe(1);
});

test('what is discarded after a dry run has found it is not sent', async () => {
  publisher.weather = refusing(new Set(['bad']));
  outbox.relay({ publisher, settings: { keyMaxAttempts: 1 } });
  await outbox.append(eventOf('a', '1'), eventOf('a', 'bad'));
  await until('it is parked', async () => (await readLag(outbox.pool)).deadKeys === 1);
  const { job } = await startReplay(outbox.pool, { key: 'a', by, dryRun: true });
  expect(await toEnd(job, 100)).toMatchObject({ state: 'HELD', staged: 2 });
  await discardKey(database, 'a', { reason: 'because', by });
  publisher.weather = () => {};
  await confirmReplay(outbox.pool, job);
  expect(await toEnd(job, 100)).toMatchObject({ state: 'DONE', taken: 2, released: 1 });
  await drained();
  expect(publisher.of('a')).toEqual(['1']);
});

test('a replay that is abandoned sends nothing more and keeps no day of the log', async () => {
  await sent();
  const { job } = await startReplay(outbox.pool, { from: new Date(0), to: new Date(), by });
  let replay = await advanceReplay(database, job);
  expect(replay).toMatchObject({ state: 'RELEASING', staged: 40 });
  replay = await advanceReplay(database, job, { events: 8 });
  expect(replay).toMatchObject({ state: 'RELEASING', taken: 8 });
  expect(await abandonReplay(outbox.pool, job)).toMatchObject({ state: 'ABANDONING' });
  expect(await toEnd(job, 10)).toMatchObject({ state: 'ABANDONED', over: true, taken: 8 });
  expect(await outbox.rows('SELECT 1 FROM outbox_replay_event')).toEqual([]);
  await drained();
  expect(publisher.arrived).toHaveLength(48);
  await expect(confirmReplay(outbox.pool, job)).rejects.toMatchObject({ code: 'OUTBOX_REPLAY_OVER' });
  expect((await listReplays(outbox.pool)).map(({ state }) => state)).toEqual(['ABANDONED']);
});

test('only an abandoned replay loses what it staged', async () => {
  await sent();
  const found = await startReplay(outbox.pool, { key: 'a', by, dryRun: true });
  const empty = await startReplay(outbox.pool, { key: 'nothing', by, dryRun: true });
  for (const { job } of [found, empty]) {
    expect(await toEnd(job, 100)).toMatchObject({ state: 'HELD' });
    // as another process does that read its state before it changed
    await dropStaged(outbox.pool, job, 100);
    expect(await replayStatus(outbox.pool, job)).toMatchObject({ state: 'HELD' });
  }
  await confirmReplay(outbox.pool, found.job);
  expect(await toEnd(found.job, 100)).toMatchObject({ state: 'DONE', released: 10 });
});

test('a malformed request is refused, and nothing is started', async () => {
  const to = new Date();
  const wrong = { code: 'OUTBOX_INVALID_ARGUMENT' };
  await expect(startReplay(outbox.pool, { by })).rejects.toMatchObject(wrong);
  await expect(startReplay(outbox.pool, { from: to, by })).rejects.toMatchObject(wrong);
  await expect(startReplay(outbox.pool, { from: to, to, by })).rejects.toMatchObject(wrong);
  await expect(startReplay(outbox.pool, { key: 'a', by: ' ' })).rejects.toMatchObject(wrong);
  await expect(startReplay(outbox.pool, { key: 'a\0', by })).rejects.toMatchObject(wrong);
  await expect(startReplay(outbox.pool, { key: 'a', from: new Date('no'), by })).rejects.toMatchObject(wrong);
  await expect(
    startReplay(outbox.pool, { from: new Date(Date.now() + 9e6), to: new Date(Date.now() + 9e7), by }),
  ).rejects.toMatchObject(wrong);
  expect(await listReplays(outbox.pool)).toEqual([]);
  const unknown = { code: 'OUTBOX_REPLAY_UNKNOWN' };
  for (const job of [uuid(), 'no id']) {
    await expect(advanceReplay(database, job)).rejects.toMatchObject(unknown);
    await expect(abandonReplay(outbox.pool, job)).rejects.toMatchObject(unknown);
  }
});
