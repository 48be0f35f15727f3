import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTopics, deleteTopics, sharedInfra, until } from '@outrider/testkit';
import type { PoolClient } from 'pg';
import { TopicProgress } from '../positions/topic-progress.js';
import type { Inbox } from '../inbox.js';
import { markOf } from '../positions/mark.js';
import { CLIENTS, openKafkaLog, Wire, type KafkaLog } from '../testing/kafka-log.js';
import { Counts, CONSUMER, fact, inboxOf, openShop, silent, store, TOPIC, type Shop } from '../testing/shop.js';

const PARTITIONS = 12;
/** Where a consumer stands in each partition when its topic is created again: 0 to 33. */
const READ = Array.from({ length: PARTITIONS }, (_, partition) => partition * 3);
const NEW_OF_EACH = 40;

describe.each(CLIENTS)('%s', (client) => {
  let shop: Shop;
  let log: KafkaLog;
  let brokers: readonly string[];
  let counts: Counts;
  let inboxes: Inbox<PoolClient>[];
  beforeEach(async () => {
    brokers = (await sharedInfra()).brokers;
    shop = await openShop();
    log = await openKafkaLog(client, PARTITIONS);
    counts = new Counts();
    inboxes = [];
  });
  afterEach(async () => {
    await Promise.all(inboxes.map((inbox) => inbox.stop()));
    await log.close();
    await shop.close();
  });

  async function start(more: Parameters<KafkaLog['consumer']>[1] = {}, wire = new Wire()): Promise<Inbox<PoolClient>> {
    const inbox = inboxOf(shop, log.consumer(wire, more), store, { observer: counts.observer });
    inboxes.push(inbox);
    await inbox.start();
    return inbox;
  }

  /** Amounts from 1,000·partition + `from` on, in their order. */
  async function fill(from: number, countOf: (partition: number) => number): Promise<void> {
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const amounts = amountsOf(partition, from, countOf(partition));
      if (amounts.length > 0) {
        await log.append(
          partition,
          amounts.map((amount) => fact(`p${partition}`, amount)),
        );
      }
    }
  }

  const amountsOf = (partition: number, from: number, count: number): number[] =>
    Array.from({ length: count }, (_, n) => 1_000 * partition + from + n);

  const effects = async (count: number): Promise<void> =>
    until(`${count} effects`, async () => (await shop.effects()).length >= count);

  async function createAgain(): Promise<void> {
    await deleteTopics(brokers, [log.prefix + TOPIC]);
    // a topic is gone, and there again, a moment after that was asked for
    await until('the topic is there again', async () => {
      try {
        await createTopics(brokers, [log.prefix + TOPIC], PARTITIONS);
        return (await log.consumer().logRanges([TOPIC])).every(({ high }) => high === 0n);
      } catch {
        return false;
      }
    });
  }

  const ALL_READ = READ.reduce((sum, count) => sum + count, 0);

  /** The stored positions and their marks, as a backup or a rolling update leaves them. */
  async function readTheFirst(): Promise<void> {
    await fill(0, (partition) => READ[partition] ?? 0);
    const first = await start();
    await effects(ALL_READ);
    await first.stop();
  }

  test('a topic that was created again while nobody read is read from its beginning, wherever the consumer stood', async () => {
    await readTheFirst();
    await createAgain();
    await fill(500, () => NEW_OF_EACH);

    const progress = new TopicProgress({
      consumer: CONSUMER,
      topics: [TOPIC],
      source: log.consumer(),
      pool: shop.pool,
      log: silent,
    });
    // what is in the new log has not been read, however far the old positions are
    expect(await progress.hasHandledUntil(new Date())).toBe(false);

    await start();
    await effects(ALL_READ + PARTITIONS * NEW_OF_EACH);
    for (const [partition, read] of READ.entries()) {
      expect(await shop.effects(`p${partition}`)).toEqual([
        ...amountsOf(partition, 0, read),
        ...amountsOf(partition, 500, NEW_OF_EACH),
      ]);
    }
    // where it stood at 0 there was nothing to skip
    expect(counts.breaks).toEqual(READ.filter((read) => read > 0).map(() => 'other-log'));
    await until('it is progress', () => progress.hasHandledUntil(new Date()));
  });

  test('what is sent again to a topic that was created again has no second effect', async () => {
    const events = Array.from({ length: 20 }, (_, n) => fact('p0', n));
    await log.append(0, events);
    const first = await start();
    await effects(20);
    await first.stop();
    await createAgain();
    const more = Array.from({ length: 30 }, (_, n) => fact('p0', 100 + n));
    // a replay: the same events at the same offsets
    await log.append(0, [...events, ...more]);

    await start();
    await effects(50);
    expect(await shop.effects('p0')).toEqual([
      ...Array.from({ length: 20 }, (_, n) => n),
      ...Array.from({ length: 30 }, (_, n) => 100 + n),
    ]);
    expect(counts.breaks).toEqual(['other-log']);
    expect(counts.handled).toEqual({ handled: 50, seen: 20 });
  });

  test('a topic that is created again under a reader that does not notice is read from its beginning', async () => {
    await fill(0, (partition) => READ[partition] ?? 0);
    const wire = new Wire();
    await start({ positionCheckMs: 200, sessionTimeoutMs: 30_000 }, wire);
    await effects(ALL_READ);
    await until('its mark is verified', async () => {
      const rows = await shop.rows('SELECT 1 FROM inbox_offset WHERE known_offset=next_offset-1');
      return rows.length === READ.filter((read) => read > 0).length;
    });
    // cut off for a moment, which is no reason for the group to do without it
    wire.kill();
    await createAgain();
    await fill(500, () => NEW_OF_EACH);
    wire.revive();
    await effects(ALL_READ + PARTITIONS * NEW_OF_EACH);
    for (const [partition, read] of READ.entries()) {
      expect((await shop.effects(`p${partition}`)).toSorted((a, b) => a - b)).toEqual([
        ...amountsOf(partition, 0, read),
        ...amountsOf(partition, 500, NEW_OF_EACH),
      ]);
    }
    expect(counts.breaks).toContain('other-log');
  });

  test('a reader that has gone on in the new log unnoticed, and died, is corrected by the next', async () => {
    await readTheFirst();
    await createAgain();
    await fill(500, () => NEW_OF_EACH);
    // as if a fetch from the old position had been answered by the new log, and the process had died after that
    const [message] = await log.consumer().messagesAt([{ topic: TOPIC, partition: 5, offset: 20n }]);
    await shop.rows(
      `UPDATE inbox_offset SET known_offset=last_offset,known_mark=last_mark,next_offset=21,last_offset=20,last_mark=$1 WHERE partition=5`,
      [markOf(message!).fingerprint],
    );
    await start();
    await effects(ALL_READ + PARTITIONS * NEW_OF_EACH);
    expect(await shop.effects('p5')).toEqual([...amountsOf(5, 0, READ[5]!), ...amountsOf(5, 500, NEW_OF_EACH)]);
  });

  test('retention that deletes the message of a mark is no reason to read anything again', async () => {
    await fill(0, () => 20);
    const first = await start();
    await effects(PARTITIONS * 20);
    await first.stop();
    const admin = log.kafka.admin();
    await admin.connect();
    await admin.fetchTopicOffsets(log.prefix + TOPIC);
    await admin.deleteTopicRecords({
      topic: log.prefix + TOPIC,
      partitions: Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, offset: '20' })),
    });
    await admin.disconnect();
    await fill(500, () => 1);
    const again = new Counts();
    counts = again;
    await start();
    await effects(PARTITIONS * 21);
    expect(again.breaks).toEqual([]);
    expect(again.handled).toEqual({ handled: PARTITIONS });
  });

  test('a position from before positions had marks gets one without anything being read again', async () => {
    await readTheFirst();
    await shop.rows('UPDATE inbox_offset SET last_offset=NULL,last_mark=NULL,known_offset=NULL,known_mark=NULL');
    const second = await start();
    await until('all have marks', async () => {
      const rows = await shop.rows('SELECT 1 FROM inbox_offset WHERE next_offset>0 AND known_offset=next_offset-1');
      return rows.length === READ.filter((read) => read > 0).length;
    });
    await second.stop();
    expect(counts.handled).toEqual({ handled: ALL_READ });
    expect(counts.breaks).toEqual([]);

    await createAgain();
    await fill(500, () => NEW_OF_EACH);
    await start();
    await effects(ALL_READ + PARTITIONS * NEW_OF_EACH);
  });

  test('leaves no connection behind after it has looked at messages of every partition', async () => {
    await fill(0, () => 1);
    const wire = new Wire();
    const positions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition, offset: 0n }));
    const found = await log.consumer(wire).messagesAt(positions);
    expect(found.filter((message) => message !== null)).toHaveLength(PARTITIONS);
    await until('every connection is closed', () => wire.open === 0);
  });
});
