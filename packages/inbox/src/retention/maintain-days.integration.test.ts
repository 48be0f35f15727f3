import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { nextMaintenanceMs } from '@outrider/common';
import pg from 'pg';
import { onPool } from '../on-pool.js';
import { MemorySource } from '../testing/memory-source.js';
import { fact, inboxOf, openShop, store, TOPIC, uuid, type Shop } from '../testing/shop.js';
import { maintainDays } from './maintain-days.js';

const DAY = 86_400_000;

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(() => shop.close());

const day = (offset: number): string => new Date(Date.now() + offset * DAY).toISOString().slice(0, 10);
const partitions = async (): Promise<string[]> =>
  (
    await shop.rows<{ name: string }>(
      `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent='inbox_event'::regclass ORDER BY 1`,
    )
  ).map(({ name }) => name);

describe('the days of the inbox’s ids', () => {
  test('exist from the migration on, are created ahead, and created once', async () => {
    const before = await partitions();
    expect(before).toContain(`inbox_event_${day(0).replaceAll('-', '')}`);
    const result = await maintainDays(shop.pool, { aheadDays: 9 });
    expect(result).toEqual({ made: [day(8), day(9)], dropped: [], inDefault: [], held: [], busy: false });
    expect((await maintainDays(shop.pool, { aheadDays: 9 })).made).toEqual([]);
    expect(await partitions()).toHaveLength(before.length + 2);
    expect(nextMaintenanceMs(result)).toBe(3_600_000);
  });

  test('are dropped after their time; an id of a day that is gone goes to the default, and counts there', async () => {
    const old = uuid(Date.now() - 20 * DAY);
    const name = `inbox_event_${day(-20).replaceAll('-', '')}`;
    await shop.rows(
      `CREATE TABLE ${name} PARTITION OF inbox_event
       FOR VALUES FROM (outbox_uuid_floor('${day(-20)}Z')) TO (outbox_uuid_floor('${day(-19)}Z'))`,
    );
    expect((await maintainDays(shop.pool)).dropped).toEqual([day(-20)]);
    expect(await partitions()).not.toContain(name);

    const source = new MemorySource();
    const inbox = inboxOf(shop, source, store);
    await inbox.start();
    source.append(TOPIC, 0, [fact('k', 1, old), fact('k', 1, old)]);
    await source.drain(TOPIC, 0);
    expect(await shop.effects()).toEqual([1]);
    await inbox.stop();
  });

  test.each(['UTC', 'Pacific/Kiritimati', 'Etc/GMT+12'])(
    'F14 an id of 15 days ago is known, to its first millisecond, wherever the session thinks it is: %s',
    async (zone) => {
      const [row] = await shop.rows<{ days: string[] }>(
        `SELECT array(SELECT to_char(date_trunc('day', now() - interval '15 days', 'UTC') AT TIME ZONE 'UTC' - i * interval '1 day',
           'YYYY-MM-DD') FROM generate_series(2, -1, -1) i) AS days`,
      );
      const [before, gone, border, after] = row!.days as [string, string, string, string];
      for (const [from, to] of [
        [before, gone],
        [gone, border],
        [border, after],
      ] as const) {
        await shop.rows(
          `CREATE TABLE inbox_event_${from.replaceAll('-', '')} PARTITION OF inbox_event
           FOR VALUES FROM (outbox_uuid_floor('${from}Z')) TO (outbox_uuid_floor('${to}Z'))`,
        );
      }
      const client = new pg.Client({ connectionString: shop.url, options: `-c timezone=${zone}` });
      await client.connect();
      expect((await maintainDays(client)).dropped).toEqual([before, gone]);
      await client.end();
    },
  );

  test('a lock on the table makes it return busy, and no consumer waits', async () => {
    await onPool(shop.pool).transaction(async (tx) => {
      await tx.query('LOCK TABLE inbox_event_default IN ACCESS SHARE MODE');
      const result = await maintainDays(shop.pool, { aheadDays: 12 });
      expect(result).toMatchObject({ made: [], busy: true });
      expect(nextMaintenanceMs(result)).toBe(60_000);
    });
    expect((await maintainDays(shop.pool, { aheadDays: 12 })).made).toHaveLength(5);
  });
});
