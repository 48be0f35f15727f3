import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import { appendEvents } from './append-events.js';
import { nextMaintenanceMs } from '@outrider/common';
import { maintainDays } from './maintain-days.js';
import { advanceReplay, startReplay } from './operations/replay.js';
import { discardKey } from './operations/discard-key.js';
import { retryKey } from './operations/retry-key.js';
import type { OutboxDatabase } from './ports.js';
import { outboxDatabase } from './postgres/pool-database.js';
import { shardOf } from './shard-of.js';
import { readLag } from './statements/read-lag.js';
import { MemoryPublisher, refusing } from './testing/memory-publisher.js';
import { eventOf, openOutbox, TOPIC, uuid, type OutboxUnderTest } from './testing/outbox-under-test.js';

const DAY_MS = 86_400_000;

let outbox: OutboxUnderTest;
let database: OutboxDatabase;
beforeEach(async () => {
  outbox = await openOutbox();
  database = outboxDatabase(outbox.pool);
});
afterEach(async () => {
  await outbox.close();
});

/** The UTC day that begins so many days from today. */
function dayOf(offset: number): { readonly startMs: number; readonly name: string } {
  const startMs = Math.floor(Date.now() / DAY_MS) * DAY_MS + offset * DAY_MS;
  return { startMs, name: new Date(startMs).toISOString().slice(0, 10) };
}

const partitionName = (offset: number): string => `outbox_event_${dayOf(offset).name.replaceAll('-', '')}`;

/** Makes a day that is long past, as the functions once did. */
async function pastDay(offset: number): Promise<void> {
  await outbox.rows(
    `CREATE TABLE ${partitionName(offset)} PARTITION OF outbox_event
     FOR VALUES FROM ('${floorOf(offset)}') TO ('${floorOf(offset + 1)}')`,
  );
}

const floorOf = (offset: number): string =>
  `${dayOf(offset).startMs.toString(16).padStart(12, '0')}00000000000000000000`;

/** Events written on a day, by default at noon, one after another; with or without pointers. */
async function written(
  offset: number,
  key: string,
  payloads: readonly string[],
  options: { readonly sent: boolean; readonly atMs?: number },
): Promise<string[]> {
  const startMs = dayOf(offset).startMs + (options.atMs ?? DAY_MS / 2);
  const ids: string[] = [];
  for (const [index, payload] of payloads.entries()) {
    const atMs = startMs + index;
    const eventId = uuid(atMs);
    ids.push(eventId);
    await outbox.rows(
      `WITH e AS (INSERT INTO outbox_event(event_id,shard,msg_key,topic,event_type,payload,created_at)
       VALUES ($1,$2,$3,$4,'ADDED',$5,to_timestamp($6::float8/1000)) RETURNING *)
       INSERT INTO outbox_pending SELECT shard,id,event_id FROM e WHERE NOT $7::boolean`,
      [eventId, shardOf(key), key, TOPIC, payload, atMs, options.sent],
    );
  }
  return ids;
}

async function days(): Promise<string[]> {
  const rows = await outbox.rows<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid=i.inhrelid
     WHERE i.inhparent='outbox_event'::regclass ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

async function whereIs(eventId: string): Promise<string | undefined> {
  const rows = await outbox.rows<{ table: string }>(
    'SELECT tableoid::regclass::text AS table FROM outbox_event WHERE event_id=$1',
    [eventId],
  );
  return rows[0]?.table;
}

describe('days', () => {
  test('reach from yesterday a week ahead, and are made once, by whichever process comes first', async () => {
    const expected = Array.from({ length: 9 }, (_, index) => partitionName(index - 1));
    expect(await days()).toEqual([...expected, 'outbox_event_default']);
    const results = await Promise.all(Array.from({ length: 6 }, () => maintainDays(outbox.pool, { aheadDays: 10 })));
    expect(results.flatMap(({ made }) => made).sort()).toEqual([8, 9, 10].map((offset) => dayOf(offset).name));
    expect(results.every((result) => nextMaintenanceMs(result) === (result.busy ? 60_000 : 3_600_000))).toBe(true);
  });

  test('events across a midnight lie in their days, and go out in one order', async () => {
    const publisher = new MemoryPublisher();
    // yesterday's last milliseconds and today's first, as writers around midnight leave them
    const before = await written(-1, 'a', ['1', '2', '3'], { sent: false, atMs: DAY_MS - 3 });
    const after = await written(0, 'a', ['4', '5'], { sent: false, atMs: 0 });
    for (const id of before) expect(await whereIs(id)).toBe(partitionName(-1));
    for (const id of after) expect(await whereIs(id)).toBe(partitionName(0));
    outbox.relay({ publisher });
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    expect(publisher.of('a')).toEqual(['1', '2', '3', '4', '5']);
    const { job } = await startReplay(database, {
      from: new Date(dayOf(0).startMs - 2),
      to: new Date(dayOf(0).startMs + 1),
      by: 'ann',
    });
    while (!(await advanceReplay(database, job, { events: 2 })).over);
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    const again = publisher.arrived.slice(5).map(({ eventId }) => eventId);
    expect(again).toEqual([before[1], before[2], after[0]]);
  });
});

describe('the default partition', () => {
  test('takes what no day fits; it is sent, moved once its day is past, and deleted after its time', async () => {
    const publisher = new MemoryPublisher();
    // the job was forgotten: today, and a few days ago, have no day
    await outbox.rows(`DROP TABLE ${partitionName(0)}`);
    await outbox.append(eventOf('a', 'today'));
    const recent = await written(-1, 'a', ['yesterday'], { sent: true });
    const old = await written(-9, 'a', ['old'], { sent: true });
    const pending = await written(-9, 'b', ['old, and waits'], { sent: false });
    const [today] = await outbox.rows<{ event_id: string }>(`SELECT event_id FROM outbox_event WHERE payload='today'`);
    expect(await whereIs(today!.event_id)).toBe('outbox_event_default');
    expect(await whereIs(recent[0]!)).toBe(partitionName(-1));
    expect(await whereIs(old[0]!)).toBe('outbox_event_default');
    // today is being written while its rows are in the default: it stays there
    const result = await maintainDays(outbox.pool);
    expect(result).toMatchObject({ inDefault: [dayOf(0).name], busy: false });
    expect(await whereIs(today!.event_id)).toBe('outbox_event_default');
    expect(await whereIs(old[0]!)).toBeUndefined();
    expect(await whereIs(pending[0]!)).toBe('outbox_event_default');
    outbox.relay({ publisher });
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    expect(publisher.of('a')).toEqual(['today']);
    expect(publisher.of('b')).toEqual(['old, and waits']);
    await maintainDays(outbox.pool);
    expect(await whereIs(pending[0]!)).toBeUndefined();
  });

  test('a few rows of a day to come are moved into it when it is made', async () => {
    await outbox.rows(`DROP TABLE ${partitionName(3)}`);
    const [id] = await written(3, 'a', ['from a clock that is fast'], { sent: false });
    expect(await whereIs(id!)).toBe('outbox_event_default');
    expect((await maintainDays(outbox.pool)).made).toEqual([dayOf(3).name]);
    expect(await whereIs(id!)).toBe(partitionName(3));
  });
});

describe('F14', () => {
  test('a day is dropped only when no pointer refers to it: waiting, parked, or staged for a replay', async () => {
    for (const offset of [-13, -12, -11, -10]) await pastDay(offset);
    const publisher = new MemoryPublisher(refusing(new Set(['bad'])));
    const [waits] = await written(-13, 'waits', ['1'], { sent: false });
    const [parked] = await written(-12, 'parked', ['bad'], { sent: false });
    const [staged] = await written(-11, 'staged', ['1'], { sent: true });
    const [sent] = await written(-10, 'sent', ['1'], { sent: true });
    const { job } = await startReplay(database, { key: 'staged', horizon: '90 days', by: 'ann', dryRun: true });
    await advanceReplay(database, job);

    expect(await maintainDays(outbox.pool)).toMatchObject({
      dropped: [dayOf(-10).name],
      held: [-13, -12, -11].map((offset) => dayOf(offset).name),
      busy: false,
    });
    expect(await whereIs(sent!)).toBeUndefined();
    for (const id of [waits, parked, staged]) expect(await whereIs(id!)).toBeDefined();

    outbox.relay({ publisher, settings: { keyMaxAttempts: 1 } });
    await until('one is out and one is parked', async () => {
      const { pending, deadEvents } = await readLag(outbox.pool);
      return pending === 0 && deadEvents === 1;
    });
    expect(publisher.of('waits')).toEqual(['1']);
    expect(await maintainDays(outbox.pool)).toMatchObject({
      dropped: [dayOf(-13).name],
      held: [-12, -11].map((offset) => dayOf(offset).name),
    });
    await discardKey(database, 'parked', { reason: 'too old to matter', by: 'ann' });
    expect((await maintainDays(outbox.pool)).dropped).toEqual([dayOf(-12).name]);
    await outbox.rows(`UPDATE outbox_replay SET state='RELEASING'`);
    await advanceReplay(database, job);
    await until('the replay is out', () => publisher.of('staged').length === 1);
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    expect((await maintainDays(outbox.pool)).dropped).toEqual([dayOf(-11).name]);
  });

  test('while writers, relays, replays and operators are at work, retention loses nothing and blocks none of them', async () => {
    const poison = new Set(['bad']);
    const publisher = new MemoryPublisher(refusing(poison));
    let wrong = 0;
    const count = (events: number): void => void (wrong += events);
    // one of either kind: floors are kept for a shard, whichever relay holds it next
    for (const safeFloor of [false, true]) {
      outbox.relay({
        publisher,
        observer: { orphaned: count, belowFloor: count },
        settings: { keyMaxAttempts: 1, leaseMs: 1_000, safeFloor, sweepMs: 100 },
      });
    }
    const past = Array.from({ length: 12 }, (_, index) => -20 + index);
    for (const offset of past) await pastDay(offset);
    const old = [];
    for (const offset of past) {
      const [key, sent] = [`old-${offset}`, offset % 2 === 0];
      old.push({ key, sent, ids: await written(offset, key, ['1', '2', '3'], { sent }) });
    }
    const endMs = performance.now() + 5_000;
    const work = async (step: (round: number) => Promise<unknown>): Promise<number> => {
      let round = 0;
      for (; performance.now() < endMs; round += 1) await step(round);
      return round;
    };
    const keys = ['w0', 'w1', 'w2', 'w3'];
    const failures: unknown[] = [];
    const [rounds] = await Promise.all(
      [
        work(async (round) => {
          await outbox.append(...keys.map((key) => eventOf(key, String(round))));
          if (round % 7 === 0) await outbox.append(eventOf(`sick-${round}`, 'bad'), eventOf(`sick-${round}`, 'behind'));
        }),
        work(() => maintainDays(outbox.pool)),
        work(async () => {
          const { job } = await startReplay(database, { from: new Date(0), to: new Date(), by: 'ann' });
          while (!(await advanceReplay(database, job, { events: 500 })).over);
        }),
        work(async (round) => {
          const [key] = await outbox.rows<{ msg_key: string }>('SELECT msg_key FROM outbox_key_state WHERE parked');
          if (key === undefined) return;
          if (round % 2 === 0) await retryKey(database, key.msg_key).catch(() => undefined);
          else await discardKey(database, key.msg_key, { reason: 'r', by: 'ann' }).catch(() => undefined);
        }),
      ].map((worker) =>
        worker.catch((error: unknown) => {
          failures.push(error);
          return 0;
        }),
      ),
    );
    expect(failures).toEqual([]);
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    expect(wrong).toBe(0);
    // first arrivals in order, none missing; and never does a later one go before an earlier one has
    const expected = Array.from({ length: rounds ?? 0 }, (_, round) => String(round));
    expect(expected.length).toBeGreaterThan(10);
    for (const key of keys) expect(publisher.of(key)).toEqual(expected);
    for (const { key, sent, ids } of old) {
      const arrived = [...new Set(publisher.arrived.flatMap((event) => (event.key === key ? [event.eventId] : [])))];
      // what had been sent before was sent again only if a replay found it before its day was dropped
      if (!sent || arrived.length > 0) expect(arrived).toEqual(ids);
    }
    expect(await maintainDays(outbox.pool)).toMatchObject({ held: [], busy: false });
    expect((await days()).length).toBe(10);
  });
});

test('with a dump running, nothing is dropped or made and writers do not wait behind it', async () => {
  await pastDay(-12);
  await written(-12, 'a', ['1'], { sent: true });
  await outbox.rows(`DROP TABLE ${partitionName(5)}`);
  const dump = await outbox.pool.connect();
  try {
    await dump.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    // what pg_dump holds to its end
    const tables = await days();
    await dump.query(`LOCK TABLE ONLY outbox_event IN ACCESS SHARE MODE`);
    await dump.query(`LOCK TABLE ${tables.join(', ')} IN ACCESS SHARE MODE`);
    const waits: number[] = [];
    const maintaining = new AbortController();
    const maintained = Promise.all(
      Array.from({ length: 3 }, async () => {
        const result = await maintainDays(outbox.pool);
        expect(result).toMatchObject({ made: [], dropped: [], busy: true });
      }),
    ).finally(() => maintaining.abort());
    while (!maintaining.signal.aborted) {
      const sinceMs = performance.now();
      await outboxDatabase(outbox.pool).transaction(async (tx) => {
        // a writer that waited behind a drop for long would fail here
        await tx.query(`SET LOCAL lock_timeout='1500ms'`);
        await appendEvents(tx, [eventOf('a', 'x')]);
      });
      waits.push(performance.now() - sinceMs);
    }
    await maintained;
    expect(waits.length).toBeGreaterThan(0);
    expect(await days()).toContain(partitionName(-12));
    await dump.query('COMMIT');
  } finally {
    dump.release();
  }
  expect(await maintainDays(outbox.pool)).toMatchObject({
    made: [dayOf(5).name],
    dropped: [dayOf(-12).name],
    busy: false,
  });
});
