import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { until } from '@outrider/testkit';
import { outboxDatabase } from '../postgres/pool-database.js';
import { shardOf } from '../shard-of.js';
import { MemoryPublisher, refusing } from '../testing/memory-publisher.js';
import { eventOf, openOutbox, uuid, type OutboxUnderTest } from '../testing/outbox-under-test.js';
import { discardKey } from './discard-key.js';
import { advanceReplay, confirmReplay, startReplay, type Replay } from './replay.js';
import { traceEvent } from './trace-event.js';
import { retryKey } from './retry-key.js';

const KEY = 'k';
const by = 'ann';
const DAY_MS = 86_400_000;

let outbox: OutboxUnderTest;
beforeEach(async () => {
  outbox = await openOutbox();
});
afterEach(() => outbox.close());

/** The beginning of the day that lies so long ago: by the database's clock, and in UTC. */
async function horizonOf(keep: string): Promise<number> {
  const [row] = await outbox.rows<{ ms: string }>(
    `SELECT extract(epoch FROM date_trunc('day', now() - $1::interval, 'UTC'))::bigint * 1000 AS ms`,
    [keep],
  );
  return Number(row!.ms);
}

/** An event written at this time and published since. */
async function sentAt(ms: number, key = KEY): Promise<string> {
  const id = uuid(ms);
  await outbox.rows(
    `INSERT INTO outbox_event(event_id,shard,msg_key,topic,event_type,payload,created_at)
     VALUES ($1,$2,$3,'t','x',$4,to_timestamp($5::float8/1000))`,
    [id, shardOf(key), key, id, ms],
  );
  return id;
}

/** One that has never been published. */
async function waitingSince(ms: number, key = KEY): Promise<string> {
  const id = await sentAt(ms, key);
  await outbox.rows(
    'INSERT INTO outbox_pending(shard,id,event_id) SELECT shard,id,event_id FROM outbox_event WHERE event_id=$1',
    [id],
  );
  return id;
}

/** Days have passed since it was asked for: its horizon is this now. */
async function ages(job: string, horizon: string): Promise<void> {
  await outbox.rows('UPDATE outbox_replay SET horizon=$2::interval WHERE job=$1', [job, horizon]);
}

async function toEnd(job: string, events = 2): Promise<Replay> {
  const database = outboxDatabase(outbox.pool);
  for (;;) {
    const replay = await advanceReplay(database, job, { events });
    if (replay.over || replay.state === 'HELD') return replay;
  }
}

const pending = async (): Promise<string[]> =>
  (await outbox.rows<{ id: string }>('SELECT event_id AS id FROM outbox_pending p ORDER BY p.id')).map(({ id }) => id);

describe('F14 what is older than its horizon is not replayed', () => {
  test.each(['UTC', 'Pacific/Kiritimati', 'Etc/GMT+12'])(
    'by the millisecond and counted, for a key and for a time range, in %s',
    async (zone) => {
      const borderMs = await horizonOf('5 days');
      await sentAt(borderMs - 3 * DAY_MS);
      await sentAt(borderMs - 1);
      const young = [await sentAt(borderMs), await sentAt(borderMs + 1)];
      const other = await sentAt(borderMs, 'other');
      await sentAt(borderMs - 1, 'other');
      const client = new pg.Client({ connectionString: outbox.url, options: `-c timezone=${zone}` });
      await client.connect();
      try {
        const horizon = { horizon: '5 days', by };
        const ofKey = await startReplay(client, { key: KEY, ...horizon });
        expect(ofKey.horizon).toEqual(new Date(borderMs));
        expect(await toEnd(ofKey.job)).toMatchObject({ staged: 2, taken: 2, released: 2, leftOut: 2 });
        expect(await pending()).toEqual(young);
        const all = await startReplay(client, { from: new Date(0), to: new Date(), ...horizon });
        expect(await toEnd(all.job)).toMatchObject({ staged: 3, released: 1, leftOut: 3 });
        expect((await pending()).sort()).toEqual([...young, other].sort());
      } finally {
        await client.end();
      }
    },
  );

  test('7 days by default: all that is kept by default', async () => {
    const borderMs = await horizonOf('7 days');
    await sentAt(borderMs - 1);
    const id = await sentAt(borderMs);
    const { job } = await startReplay(outbox.pool, { key: KEY, by });
    expect(await toEnd(job)).toMatchObject({ staged: 1, leftOut: 1 });
    expect(await pending()).toEqual([id]);
  });

  test('nor when its dry run is confirmed so late; younger events of it are', async () => {
    const borderMs = await horizonOf('5 days');
    const old = [await sentAt(borderMs - DAY_MS), await sentAt(borderMs - 1)];
    const young = [await sentAt(borderMs), await sentAt(borderMs + DAY_MS)];
    const waiting = await waitingSince(borderMs - 2);
    const { job } = await startReplay(outbox.pool, { key: KEY, horizon: '6 days', dryRun: true, by });
    expect(await toEnd(job)).toMatchObject({ state: 'HELD', staged: old.length + young.length + 1, leftOut: 0 });
    await ages(job, '5 days');
    await confirmReplay(outbox.pool, job);
    expect(await toEnd(job)).toMatchObject({ state: 'DONE', staged: 5, taken: 5, released: 2, leftOut: 2 });
    // what is still pending is sent whatever its age
    expect(await pending()).toEqual([...young, waiting]);
    expect(await outbox.rows('SELECT 1 FROM outbox_replay_event')).toEqual([]);
  });

  test('a request for nothing else is refused with the horizon, to the millisecond', async () => {
    const borderMs = await horizonOf('5 days');
    const asked = { from: new Date(borderMs - DAY_MS), horizon: '5 days', by };
    for (const key of [{}, { key: KEY }]) {
      await expect(startReplay(outbox.pool, { ...asked, ...key, to: new Date(borderMs) })).rejects.toMatchObject({
        code: 'OUTBOX_REPLAY_TOO_OLD',
        message: expect.stringContaining(new Date(borderMs).toISOString()) as unknown,
      });
    }
    expect(await outbox.rows('SELECT 1 FROM outbox_replay')).toEqual([]);
    const { job } = await startReplay(outbox.pool, { ...asked, to: new Date(borderMs + 1) });
    expect(await toEnd(job)).toMatchObject({ state: 'DONE' });
  });

  test('what is still pending, or was discarded, is not counted as left out', async () => {
    const oldMs = (await horizonOf('5 days')) - 1;
    const publisher = new MemoryPublisher(refusing(new Set()));
    const waiting = await waitingSince(oldMs);
    const parked = await waitingSince(oldMs, 'parked');
    const gone = await waitingSince(oldMs, 'gone');
    publisher.weather = refusing(new Set([parked, gone]));
    await outbox.rows('UPDATE outbox_lease SET rewind=rewind');
    const first = outbox.relay({ publisher, settings: { keyMaxAttempts: 1 } });
    await until('two are parked', async () => (await outbox.rows('SELECT 1 FROM outbox_parked')).length === 2);
    await until('one is out', () => publisher.of(KEY).length === 1);
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    await first.stop();
    await discardKey(outboxDatabase(outbox.pool), 'gone', { reason: 'because', by });
    const later = await waitingSince(oldMs, 'later');
    const { job } = await startReplay(outbox.pool, { from: new Date(0), to: new Date(), horizon: '5 days', by });
    expect(await toEnd(job)).toMatchObject({ staged: 0, released: 0, leftOut: 1 });
    expect(await pending()).toEqual([later]);
    expect(await traceEvent(outbox.pool, waiting)).toMatchObject({ status: 'PUBLISHED' });
    expect(await traceEvent(outbox.pool, parked)).toMatchObject({ status: 'PARKED' });
  });
});

describe('F14 a key that an operator retries', () => {
  async function parked(publisher: MemoryPublisher, events: number): Promise<void> {
    const relay = outbox.relay({ publisher, settings: { keyMaxAttempts: 1 } });
    await until('all are parked', async () => {
      return (await outbox.rows('SELECT 1 FROM outbox_parked')).length === events && (await outbox.pending()) === 0;
    });
    await relay.stop();
  }

  test('is sent whatever its age when it has never been sent', async () => {
    const borderMs = await horizonOf('5 days');
    const ids = [await waitingSince(borderMs - 9 * DAY_MS), await waitingSince(borderMs - 1)];
    await parked(new MemoryPublisher(refusing(new Set(ids))), 2);
    // a replay meets it while it is parked, and changes nothing
    const { job } = await startReplay(outbox.pool, { key: KEY, horizon: '90 days', by });
    expect(await toEnd(job)).toMatchObject({ staged: 2, released: 0 });
    expect(await retryKey(outboxDatabase(outbox.pool), KEY, { horizon: '5 days' })).toEqual({ events: 2, leftOut: 0 });
    expect(await pending()).toEqual(ids);
  });

  test.each([
    ['refused', false],
    ['behind a refused one', true],
  ])('leaves out what a replay released and is too old now: %s', async (_, behind) => {
    const borderMs = await horizonOf('5 days');
    const old = [await sentAt(borderMs - DAY_MS), await sentAt(borderMs - 1)];
    const young = [await sentAt(borderMs), await sentAt(borderMs + 1)];
    // not sent yet, and older than the horizon
    const first = await waitingSince(borderMs - 2);
    const refused = new MemoryPublisher(refusing(new Set([...old, ...young, first])));
    if (behind) await parked(refused, 1);
    const { job } = await startReplay(outbox.pool, { key: KEY, horizon: '6 days', by });
    expect(await toEnd(job)).toMatchObject({ released: 4 });
    await parked(refused, 5);
    expect(await retryKey(outboxDatabase(outbox.pool), KEY, { horizon: '5 days' })).toEqual({ events: 3, leftOut: 2 });
    expect((await pending()).sort()).toEqual([...young, first].sort());
    // it did go out, once
    expect(await traceEvent(outbox.pool, old[0]!)).toMatchObject({ status: 'PUBLISHED' });
    // once more parked and retried, it is known still
    await parked(refused, 3);
    expect(await retryKey(outboxDatabase(outbox.pool), KEY, { horizon: '4 days' })).toEqual({ events: 1, leftOut: 2 });
    expect(await pending()).toEqual([first]);
  });

  test('is free when nothing of it is left', async () => {
    const id = await sentAt((await horizonOf('5 days')) - 1);
    const { job } = await startReplay(outbox.pool, { key: KEY, horizon: '6 days', by });
    await toEnd(job);
    await parked(new MemoryPublisher(refusing(new Set([id]))), 1);
    expect(await retryKey(outboxDatabase(outbox.pool), KEY, { horizon: '5 days' })).toEqual({ events: 0, leftOut: 1 });
    expect(await outbox.rows('SELECT 1 FROM outbox_key_state')).toEqual([]);
    const publisher = new MemoryPublisher();
    outbox.relay({ publisher });
    await outbox.append(eventOf(KEY, 'newer'));
    await until('what is newer goes out', () => publisher.of(KEY).length === 1);
    expect(publisher.of(KEY)).toEqual(['newer']);
  });
});
