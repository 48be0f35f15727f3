import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { maintainDays } from './maintain-days.js';
import { deleteOldReplays } from './statements/replay-rows.js';
import { openOutbox, uuid, type OutboxUnderTest } from './testing/outbox-under-test.js';

const DAY_MS = 86_400_000;

let outbox: OutboxUnderTest;
beforeEach(async () => {
  outbox = await openOutbox();
});
afterEach(() => outbox.close());

/** Starts of days, the last of which is the one that `keep` ago lies in: by the database's clock, and in UTC. */
async function daysUpTo(keep: string, count: number): Promise<{ name: string; startMs: number }[]> {
  const [row] = await outbox.rows<{ ms: string }>(
    `SELECT extract(epoch FROM date_trunc('day', now() - $1::interval, 'UTC'))::bigint * 1000 AS ms`,
    [keep],
  );
  return Array.from({ length: count }, (_, index) => {
    const startMs = Number(row!.ms) - (count - 1 - index) * DAY_MS;
    return { name: new Date(startMs).toISOString().slice(0, 10), startMs };
  });
}

async function make({ name, startMs }: { name: string; startMs: number }): Promise<string> {
  const table = `outbox_event_${name.replaceAll('-', '')}`;
  await outbox.rows(`CREATE TABLE IF NOT EXISTS ${table} PARTITION OF outbox_event
    FOR VALUES FROM (outbox_uuid_floor('${name}Z')) TO (outbox_uuid_floor('${new Date(startMs + DAY_MS).toISOString()}'))`);
  return table;
}

/** An event sent long ago, written at this time. */
async function sentAt(ms: number): Promise<string> {
  const id = uuid(ms);
  await outbox.rows(
    `INSERT INTO outbox_event(event_id,shard,msg_key,topic,event_type,payload,created_at)
     VALUES ($1,0,'k','t','x','{}',to_timestamp($2::float8/1000))`,
    [id, ms],
  );
  return id;
}

const left = async (): Promise<string[]> =>
  (await outbox.rows<{ id: string }>('SELECT event_id AS id FROM outbox_event ORDER BY 1')).map(({ id }) => id);

describe('F14 the border of what is kept', () => {
  // wherever the session thinks it is: its day may be tomorrow or yesterday already
  test.each(
    ['UTC', 'Pacific/Kiritimati', 'Etc/GMT+12'].flatMap((zone) =>
      ['2 days', '7 days', '60 hours'].map((keep) => ({ zone, keep })),
    ),
  )('a day that ended $keep ago goes, one that was not over by then stays whole, in $zone', async ({ zone, keep }) => {
    const [before, gone, border] = await daysUpTo(keep, 3);
    for (const day of [before!, gone!, border!]) await make(day);
    await sentAt(before!.startMs);
    await sentAt(gone!.startMs + DAY_MS - 1);
    const kept = [await sentAt(border!.startMs), await sentAt(border!.startMs + DAY_MS - 1)];
    const client = new pg.Client({ connectionString: outbox.url, options: `-c timezone=${zone}` });
    await client.connect();
    try {
      expect((await maintainDays(client, { keep })).dropped).toEqual([before!.name, gone!.name]);
      expect((await maintainDays(client, { keep })).dropped).toEqual([]);
    } finally {
      await client.end();
    }
    expect(await left()).toEqual(kept);
  });

  test('the same for what lies in the default partition, to the millisecond', async () => {
    const [gone, border] = await daysUpTo('7 days', 2);
    await sentAt(gone!.startMs);
    await sentAt(border!.startMs - 1);
    const kept = [await sentAt(border!.startMs), await sentAt(border!.startMs + DAY_MS / 2)];
    await maintainDays(outbox.pool, { keep: '7 days' });
    expect(await left()).toEqual(kept);
  });

  test('7 days by default, and none where another process drops them', async () => {
    const [gone, border] = await daysUpTo('7 days', 2);
    for (const day of [gone!, border!]) await make(day);
    expect((await maintainDays(outbox.pool, { keep: null })).dropped).toEqual([]);
    expect((await maintainDays(outbox.pool)).dropped).toEqual([gone!.name]);
  });

  test('a replay is forgotten 30 days after it ended, not before, and never while it is open', async () => {
    const insert = (state: string, ago: string) =>
      outbox.rows(
        `INSERT INTO outbox_replay(job,dry_run,asked_from,asked_to,at,until,asked_by,state,moved_at)
         VALUES (gen_random_uuid(),false,now(),now(),gen_random_uuid(),gen_random_uuid(),$2::text,$1,now()-$2::text::interval)`,
        [state, ago],
      );
    for (const state of ['DONE', 'ABANDONED']) {
      await insert(state, '30 days 1 minute');
      await insert(state, '29 days 23:59');
    }
    await insert('STAGING', '90 days');
    await deleteOldReplays(outbox.pool);
    const rows = await outbox.rows('SELECT state,asked_by FROM outbox_replay ORDER BY 1,2');
    expect(rows).toEqual([
      { state: 'ABANDONED', asked_by: '29 days 23:59' },
      { state: 'DONE', asked_by: '29 days 23:59' },
      { state: 'STAGING', asked_by: '90 days' },
    ]);
  });
});
