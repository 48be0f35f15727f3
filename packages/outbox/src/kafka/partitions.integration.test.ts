import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { stopIdleTimer } from '@outrider/kafkajs-fast';
import { createTopics, deleteTopics, freshTopicPrefix, sharedInfra, until } from '@outrider/testkit';
import { Kafka, logLevel } from 'kafkajs';
import type { EventPublisher } from '../event-publisher.js';
import { partitionOf } from '../partition-of.js';
import { readLag } from '../statements/read-lag.js';
import { KafkaReader } from '../testing/kafka-reader.js';
import { eventOf, openOutbox, TOPIC, type OutboxUnderTest } from '../testing/outbox-under-test.js';
import { CLIENTS, publisherOn, type Client } from '../testing/kafka-publishers.js';

stopIdleTimer();

const DECIDED = 6;
const KEYS = Array.from({ length: 40 }, (_, index) => `key-${index}`);

let outbox: OutboxUnderTest;
let prefix: string;
let brokers: string[];
beforeEach(async () => {
  outbox = await openOutbox();
  prefix = freshTopicPrefix();
  brokers = [...(await sharedInfra()).brokers];
});
afterEach(async () => {
  await outbox.close();
  await deleteTopics(brokers, [prefix + TOPIC]);
});

const publisherOf = (client: Client): EventPublisher =>
  publisherOn(client, {
    brokers,
    topicPrefix: prefix,
    partitionsOf: (topic) => (topic === TOPIC ? DECIDED : undefined),
  });

async function addPartitions(count: number): Promise<void> {
  const admin = new Kafka({ clientId: 'test', brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createPartitions({ topicPartitions: [{ topic: prefix + TOPIC, count }] });
  await until('they are there', async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [prefix + TOPIC] });
    return topics[0]?.partitions.length === count && topics[0].partitions.every(({ leader }) => leader >= 0);
  });
  await admin.disconnect();
}

describe.each(CLIENTS)('%s', (client) => {
  test('relays that start before and after partitions are added place every key in the one partition, in order', async () => {
    await createTopics(brokers, [prefix + TOPIC], DECIDED);
    const round = (text: string): Promise<void> => outbox.append(...KEYS.map((key) => eventOf(key, text)));
    const before = outbox.relay({ publisher: publisherOf(client) });
    await round('1');
    await until('it is out', async () => (await outbox.pending()) === 0);
    await addPartitions(DECIDED + 5);
    await round('2');
    await until('it is out', async () => (await outbox.pending()) === 0);
    outbox.relay({ publisher: publisherOf(client) });
    await until('both hold shards', async () => {
      const owners = await outbox.rows('SELECT DISTINCT owner FROM outbox_lease WHERE lease_until>now()');
      return owners.length === 2;
    });
    await round('3');
    await before.stop();
    await round('4');
    await until('it is out', async () => (await outbox.pending()) === 0);

    const reader = await KafkaReader.open(brokers, prefix + TOPIC);
    await until('all have been read', () => reader.firsts().length >= KEYS.length * 4);
    await reader.close();
    for (const key of KEYS) {
      const own = reader.firsts().filter((message) => message.key === key);
      expect(own.map(({ value }) => value)).toEqual(['1', '2', '3', '4']);
      expect(new Set(own.map(({ partition }) => partition))).toEqual(new Set([partitionOf(key, DECIDED)]));
    }
  });

  test('what is for a partition that the topic does not have is not taken for sent', async () => {
    await createTopics(brokers, [prefix + TOPIC], 2);
    const failures = new Set<string>();
    outbox.relay({
      publisher: publisherOf(client),
      settings: { keyMaxAttempts: 1, unclearFaultMs: 300 },
      observer: { sendFailed: (fault, reason) => void failures.add(`${fault} ${reason}`) },
    });
    await outbox.append(...KEYS.map((key) => eventOf(key, '1')));
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    const reachable = KEYS.filter((key) => partitionOf(key, DECIDED) < 2);
    expect(failures).toContain('unclear PartitionMissingError');
    expect(await readLag(outbox.pool)).toMatchObject({ deadKeys: KEYS.length - reachable.length });
    const reader = await KafkaReader.open(brokers, prefix + TOPIC);
    await until('the others have been read', () => reader.firsts().length >= reachable.length);
    await reader.close();
    expect(
      reader
        .firsts()
        .map(({ key }) => key)
        .toSorted(),
    ).toEqual(reachable.toSorted());
  });
});
