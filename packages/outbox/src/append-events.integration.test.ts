import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import { appendEvents } from './append-events.js';
import { nextMaintenanceMs } from '@outrider/common';
import { maintainDays } from './maintain-days.js';
import { readLag } from './statements/read-lag.js';
import { outboxDatabase } from './postgres/pool-database.js';
import { eventOf, openOutbox, uuid, type OutboxUnderTest } from './testing/outbox-under-test.js';

let outbox: OutboxUnderTest;
beforeAll(async () => {
  outbox = await openOutbox();
});
afterAll(async () => {
  await outbox.close();
});

const count = async (): Promise<number> =>
  (await outbox.rows<{ n: number }>('SELECT count(*)::int AS n FROM outbox_event'))[0]?.n ?? -1;

describe('appendEvents', () => {
  test('writes any number of events by one statement, in their order, each with its pointer', async () => {
    let statements = 0;
    const events = Array.from({ length: 1_000 }, (_, index) => eventOf(`k${index % 7}`, `${index} "\\,{}' ü`));
    await outboxDatabase(outbox.pool).transaction((tx) =>
      appendEvents(
        {
          query: (text, values) => {
            statements += 1;
            return tx.query(text, values);
          },
        },
        events,
      ),
    );
    expect(statements).toBe(1);
    const rows = await outbox.rows<{ payload: string }>(
      'SELECT e.payload FROM outbox_pending p JOIN outbox_event e USING (event_id,shard,id) ORDER BY id',
    );
    expect(rows.map(({ payload }) => payload)).toEqual(events.map(({ payload }) => payload));
    await appendEvents(
      {
        query: () => {
          throw new Error('no statement for no events');
        },
      },
      [],
    );
  });

  test('writes of each event what it is given, and no headers as none', async () => {
    const events = ['one', 'two'].map((name) => eventOf(name, '1', { topic: `topic-${name}`, type: `TYPE_${name}` }));
    const { headers: _, ...bare } = eventOf('three', '1');
    await outbox.append(...events, bare);
    const rows = await outbox.rows(
      'SELECT topic,event_type AS type,headers FROM outbox_event WHERE event_id=ANY($1) ORDER BY id',
      [[...events, bare].map(({ eventId }) => eventId)],
    );
    expect(rows).toEqual(
      [...events, { ...bare, headers: {} }].map(({ topic, type, headers }) => ({
        topic,
        type,
        headers: JSON.stringify(headers),
      })),
    );
  });

  test('F11 an event that is too large is refused by name before anything is written', async () => {
    const before = await count();
    const large = eventOf('a', 'ü'.repeat(500_001));
    await expect(appendEvents(outbox.pool, [eventOf('a', '1'), large])).rejects.toMatchObject({
      name: 'OutboxError',
      code: 'OUTBOX_EVENT_TOO_LARGE',
      message: expect.stringContaining('bytes with its key and headers, more than 1000000') as unknown as string,
    });
    await expect(appendEvents(outbox.pool, [eventOf('a', 'four')], { maxEventBytes: 3 })).rejects.toMatchObject({
      code: 'OUTBOX_EVENT_TOO_LARGE',
    });
    expect(await count()).toBe(before);
  });

  test('what PostgreSQL would refuse or change silently is refused by name', async () => {
    for (const event of [eventOf('a\0', '1'), eventOf('a', '\uD800'), eventOf('a', '1', { headers: { h: '\0' } })]) {
      const end = appendEvents(outbox.pool, [event]);
      // in headers it is escaped by JSON, so it can be stored
      if (event.headers?.['h'] === undefined) await expect(end).rejects.toMatchObject({ code: 'OUTBOX_EVENT_INVALID' });
      else await end;
    }
    // from callers without types
    for (const event of [{ headers: { h: 1 } }, { headers: { h: null } }, { payload: 1 }, { key: undefined }]) {
      const end = appendEvents(outbox.pool, [{ ...eventOf('a', '1'), ...(event as object) }]);
      await expect(end).rejects.toMatchObject({ code: 'OUTBOX_EVENT_INVALID' });
    }
  });

  test('an id that is not a UUIDv7, or of another time, is refused', async () => {
    for (const eventId of ['7c9e6679-7425-40de-944b-e07fc1f90ae7', uuid(Date.now() - 2 * 3_600_000)]) {
      await expect(appendEvents(outbox.pool, [eventOf('a', '1', { eventId })])).rejects.toMatchObject({
        code: '23514',
      });
    }
  });

  test('F08 has the id of its transaction before it draws an event id, however long the insert then takes', async () => {
    const [holder, writer] = [await outbox.pool.connect(), await outbox.pool.connect()];
    const appended: Promise<void>[] = [];
    try {
      const [day] = await outbox.rows<{ name: string }>(
        `SELECT to_char(now() AT TIME ZONE 'UTC','"outbox_event_"YYYYMMDD') AS name`,
      );
      await holder.query('BEGIN');
      // what the making and dropping of days may do for a moment: the row has its id by then, and waits
      await holder.query(`LOCK TABLE ${day!.name} IN ACCESS EXCLUSIVE MODE`);
      appended.push(appendEvents(writer, [eventOf('a', '1')]));
      let waiting: { xid: string | null } | undefined;
      await until('it waits', async () => {
        [waiting] = await outbox.rows<{ xid: string | null }>(
          `SELECT backend_xid::text AS xid FROM pg_stat_activity
           WHERE datname=current_database() AND wait_event_type='Lock' AND query LIKE '%INSERT INTO outbox_event%'`,
        );
        return waiting !== undefined;
      });
      expect(waiting?.xid).not.toBeNull();
    } finally {
      await holder.query('ROLLBACK');
      await Promise.all(appended);
      for (const client of [holder, writer]) client.release();
    }
  });

  test('an id is written once', async () => {
    const event = eventOf('a', '1');
    await appendEvents(outbox.pool, [event]);
    await expect(appendEvents(outbox.pool, [event])).rejects.toMatchObject({ code: '23505' });
  });
});

describe('readLag', () => {
  test('counts pending events, with the time of the oldest', async () => {
    const { oldestPending, pending } = await readLag(outbox.pool);
    const [row] = await outbox.rows<{ at: Date; n: number }>(
      `SELECT min(at) AS at, (SELECT count(*)::int FROM outbox_pending) AS n FROM
         (SELECT DISTINCT ON (p.shard) e.created_at AS at FROM outbox_pending p JOIN outbox_event e USING (event_id) ORDER BY p.shard, p.id) first`,
    );
    expect(pending).toBe(row?.n);
    expect(oldestPending?.getTime()).toBe(row?.at.getTime());
  });
});

describe('maintainDays', () => {
  test('days are created ahead from the start; more are created on request', async () => {
    expect(await maintainDays(outbox.pool)).toEqual({ made: [], dropped: [], inDefault: [], held: [], busy: false });
    const { made } = await maintainDays(outbox.pool, { aheadDays: 9 });
    expect(made).toHaveLength(2);
  });

  test('F14 an expired day is dropped, but not while a pointer refers to it', async () => {
    const past = 10 * 86_400_000;
    const [made] = await outbox.rows<{ name: string; day: string }>(
      `SELECT to_char(now()-interval '10 days','"outbox_event_"YYYYMMDD') AS name, (now()-interval '10 days')::date::text AS day`,
    );
    await outbox.rows(`CREATE TABLE ${made!.name} PARTITION OF outbox_event
      FOR VALUES FROM ('${await floorOf(10)}') TO ('${await floorOf(9)}')`);
    const id = uuid(Date.now() - past);
    await outbox.rows(
      `INSERT INTO outbox_event(event_id,shard,msg_key,topic,event_type,payload,created_at) VALUES ($1,3,'old','t','T','{}',now()-interval '10 days')`,
      [id],
    );
    await outbox.rows('INSERT INTO outbox_pending SELECT shard,id,event_id FROM outbox_event WHERE event_id=$1', [id]);
    expect(await maintainDays(outbox.pool)).toMatchObject({ dropped: [], held: [made!.day] });
    await outbox.rows('DELETE FROM outbox_pending WHERE event_id=$1', [id]);
    expect(await maintainDays(outbox.pool)).toMatchObject({ dropped: [made!.day], held: [] });
  });

  test('when the tables are locked it is busy, and the next call comes soon', async () => {
    const other = await outbox.pool.connect();
    await other.query('BEGIN');
    await other.query('LOCK TABLE outbox_event_default IN ACCESS SHARE MODE');
    const result = await maintainDays(outbox.pool, { aheadDays: 12 });
    expect(result.busy).toBe(true);
    expect(nextMaintenanceMs(result)).toBe(60_000);
    await other.query('ROLLBACK');
    other.release();
    expect((await maintainDays(outbox.pool, { aheadDays: 12 })).made).toHaveLength(3);
  });

  async function floorOf(daysAgo: number): Promise<string> {
    const [row] = await outbox.rows<{ floor: string }>(
      `SELECT outbox_uuid_floor(((now() AT TIME ZONE 'UTC')::date-$1::int)::timestamp AT TIME ZONE 'UTC') AS floor`,
      [daysAgo],
    );
    return row!.floor;
  }
});
