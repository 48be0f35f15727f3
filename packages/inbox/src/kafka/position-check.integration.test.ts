import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import type { Inbox } from '../inbox.js';
import { CLIENTS, openKafkaLog, Wire, type KafkaLog } from '../testing/kafka-log.js';
import { Counts, fact, inboxOf, openShop, store, type Shop } from '../testing/shop.js';
import type { PoolClient } from 'pg';

const PARTITIONS = 3;

describe.each(CLIENTS)('%s', (client) => {
  let shop: Shop;
  let log: KafkaLog;
  let inbox: Inbox<PoolClient>;
  let counts: Counts;
  beforeEach(async () => {
    shop = await openShop();
    log = await openKafkaLog(client, PARTITIONS);
    counts = new Counts();
    inbox = inboxOf(shop, log.consumer(new Wire(), { positionCheckMs: 200 }), store, { observer: counts.observer });
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      await log.append(
        partition,
        [1, 2, 3, 4].map((n) => fact(`p${partition}`, n)),
      );
    }
    await inbox.start();
    await until('all are handled', async () => (await shop.effects()).length === PARTITIONS * 4);
  });
  afterEach(async () => {
    await inbox.stop();
    await log.close();
    await shop.close();
  });

  const inOrder = async (): Promise<void> => {
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      expect(await shop.effects(`p${partition}`)).toEqual([1, 2, 3, 4]);
    }
  };

  test('F15 a database that is restored to an older state while nothing new comes gets again what it lost, from a running process', async () => {
    // in one transaction, as other processes see a restore
    await shop.rows(`WITH e AS (DELETE FROM effect WHERE amount>2 RETURNING event_id),
    i AS (DELETE FROM inbox_event WHERE event_id IN (SELECT event_id FROM e))
    UPDATE inbox_offset SET next_offset=2`);
    await until('what was lost is there again', async () => (await shop.effects()).length === PARTITIONS * 4);
    await inOrder();
    expect(counts.handled['handled']).toBe(PARTITIONS * 6);
  });

  test('F15 and so does one that lost the position of a partition', async () => {
    await shop.rows(`WITH e AS (DELETE FROM effect RETURNING event_id),
    i AS (DELETE FROM inbox_event WHERE event_id IN (SELECT event_id FROM e))
    DELETE FROM inbox_offset`);
    await until('what was lost is there again', async () => (await shop.effects()).length === PARTITIONS * 4);
    await inOrder();
  });

  test('F15 a message that comes with a fetch from before it was set back skips nothing', async () => {
    await inbox.stop();
    const patient = log.consumer(new Wire(), { positionCheckMs: 200, maxWaitMs: 4_000 });
    let asked = 0;
    const pool: Parameters<typeof inboxOf>[3] = {
      pool: {
        query: (text, values) => {
          if (text.includes('inbox_offset')) asked += 1;
          return shop.pool.query(text, values as unknown[]);
        },
      },
    };
    inbox = inboxOf(shop, patient, store, { observer: counts.observer, ...pool });
    await inbox.start();
    await log.append(0, [fact('p0', 5)]);
    await until('the new one is handled', async () => (await shop.effects('p0')).length === 5);
    // the next fetch has begun, and brings nothing for seconds
    await new Promise((resolve) => setTimeout(resolve, 300));
    await shop.rows(`WITH e AS (DELETE FROM effect WHERE key='p0' AND amount>2 RETURNING event_id),
      i AS (DELETE FROM inbox_event WHERE event_id IN (SELECT event_id FROM e))
      UPDATE inbox_offset SET next_offset=2 WHERE partition=0`);
    const before = asked;
    await until('it was noticed', () => asked > before + 3);
    await log.append(0, [fact('p0', 6)]);
    await until('all are handled', async () => (await shop.effects('p0')).at(-1) === 6);
    expect(await shop.effects('p0')).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
