import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Inbox } from '../inbox.js';
import { CLIENTS, openKafkaLog, Wire, type KafkaLog } from '../testing/kafka-log.js';
import { Counts, fact, inboxOf, openShop, store, until, type Shop } from '../testing/shop.js';
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
    inbox = inboxOf(shop, log.consumer(new Wire(), { lookBackEveryMs: 200 }), store, { observer: counts.observer });
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

  test('F15 a database that is set back while nothing new comes is given again what it has forgotten, by a process that runs on', async () => {
    // one statement each, in one transaction, as a restore is to those who look
    await shop.rows(`WITH e AS (DELETE FROM effect WHERE amount>2 RETURNING event_id),
    i AS (DELETE FROM inbox_event WHERE event_id IN (SELECT event_id FROM e))
    UPDATE inbox_offset SET next_offset=2`);
    await until('what was forgotten is there again', async () => (await shop.effects()).length === PARTITIONS * 4);
    await inOrder();
    expect(counts.handled['handled']).toBe(PARTITIONS * 6);
  });

  test('F15 and so is one that has no position of a partition any more', async () => {
    await shop.rows(`WITH e AS (DELETE FROM effect RETURNING event_id),
    i AS (DELETE FROM inbox_event WHERE event_id IN (SELECT event_id FROM e))
    DELETE FROM inbox_offset`);
    await until('what was forgotten is there again', async () => (await shop.effects()).length === PARTITIONS * 4);
    await inOrder();
  });
});
