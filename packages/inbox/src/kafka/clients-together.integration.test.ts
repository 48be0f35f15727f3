import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sharedInfra, until } from '@outrider/testkit';
import { Partitioners } from 'kafkajs';
import type { PoolClient } from 'pg';
import type { Inbox } from '../inbox.js';
import { CLIENTS, openKafkaLog, Wire, type KafkaLog } from '../testing/kafka-log.js';
import { Counts, fact, inboxOf, openShop, store, TOPIC, type Shop } from '../testing/shop.js';

const PARTITIONS = 4;

let shop: Shop;
let log: KafkaLog;
let members: Inbox<PoolClient>[];
beforeEach(async () => {
  await sharedInfra();
  shop = await openShop();
  log = await openKafkaLog('kafkajs', PARTITIONS);
  members = [];
});
afterEach(async () => {
  await Promise.all(members.map((member) => member.stop()));
  await log.close();
  await shop.close();
});

async function start(
  on: (typeof CLIENTS)[number],
  more: Parameters<KafkaLog['consumer']>[1] = {},
): Promise<[Inbox<PoolClient>, Counts]> {
  const counts = new Counts();
  const inbox = inboxOf(shop, log.consumer(new Wire(), { on, ...more }), store, { observer: counts.observer });
  members.push(inbox);
  await inbox.start();
  return [inbox, counts];
}

async function fill(from: number, count: number, partitions = PARTITIONS): Promise<void> {
  for (let partition = 0; partition < partitions; partition += 1) {
    await log.append(
      partition,
      Array.from({ length: count }, (_, n) => fact(`p${partition}`, from + n)),
    );
  }
}

async function expectAll(count: number, partitions = PARTITIONS): Promise<void> {
  await until('all are handled', async () => (await shop.effects()).length >= partitions * count);
  for (let partition = 0; partition < partitions; partition += 1) {
    expect(await shop.effects(`p${partition}`)).toEqual(Array.from({ length: count }, (_, n) => n));
  }
}

test.each([
  ['kafkajs', 'platformatic'],
  ['platformatic', 'kafkajs'],
] as const)(
  'a process on %s is replaced by one on %s: one group, none lost, none doubled, order kept',
  async (old, young) => {
    await fill(0, 50);
    const [first, one] = await start(old);
    await expectAll(50);
    const [, two] = await start(young);
    await until('both hold partitions', () => one.assigned === 2 && two.assigned === 2);
    await fill(50, 50);
    await expectAll(100);
    await first.stop();
    await until('the new one holds all', () => two.assigned === PARTITIONS);
    await fill(100, 50);
    await expectAll(150);
  },
);

test.each(CLIENTS)('%s: partitions that are added are shared out and read from their beginning', async (client) => {
  await fill(0, 10);
  const [, one] = await start(client, { metadataMaxAgeMs: 500 });
  const [, two] = await start(client, { metadataMaxAgeMs: 500 });
  await until('both hold partitions', () => one.assigned === 2 && two.assigned === 2);
  const admin = log.kafka.admin();
  await admin.connect();
  await admin.createPartitions({ topicPartitions: [{ topic: log.prefix + TOPIC, count: PARTITIONS + 2 }] });
  await admin.disconnect();
  await until('the new ones are shared out', () => one.assigned === 3 && two.assigned === 3);
  // the log's own producer does not know them
  const producer = log.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const messages = [PARTITIONS, PARTITIONS + 1].flatMap((partition) =>
    Array.from({ length: 10 }, (_, n) => ({ partition, ...fact(`p${partition}`, n) })),
  );
  await producer.send({ topic: log.prefix + TOPIC, messages });
  await producer.disconnect();
  await expectAll(10, PARTITIONS + 2);
});
