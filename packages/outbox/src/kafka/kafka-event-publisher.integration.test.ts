import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { stopIdleTimer, useFastProduceWriter } from '@outrider/kafkajs-fast';
import { KEY_VECTORS } from '@outrider/contracts';
import { createTopics, deleteTopics, freshTopicPrefix, sharedInfra, until } from '@outrider/testkit';
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import type { EventPublisher } from '../event-publisher.js';
import { readLag } from '../statements/read-lag.js';
import { eventOf, openOutbox, TOPIC, type OutboxUnderTest } from '../testing/outbox-under-test.js';
import { CLIENTS, publisherOn, type Client } from '../testing/kafka-publishers.js';

stopIdleTimer();
useFastProduceWriter();

interface Received {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  readonly value: string;
  readonly headers: Record<string, string>;
}

let outbox: OutboxUnderTest;
let prefix: string;
let brokers: string[];
let kafka: Kafka;

beforeEach(async () => {
  outbox = await openOutbox();
  prefix = freshTopicPrefix();
  brokers = [...(await sharedInfra()).brokers];
  kafka = new Kafka({ clientId: 'test', brokers, logLevel: logLevel.NOTHING });
  // the client fails while a broker does not know a new topic yet
  await until('the topic is there', () =>
    createTopics(brokers, [prefix + TOPIC], 12).then(
      () => true,
      () => false,
    ),
  );
});
afterEach(async () => {
  await outbox.close();
  await deleteTopics(brokers, [prefix + TOPIC]);
});

const publisherOf = (client: Client): EventPublisher => publisherOn(client, { brokers, topicPrefix: prefix });

/** First arrivals of a topic, as soon as there are so many: a broker under load makes a relay send again. */
async function received(count: number, butOf?: string): Promise<Received[]> {
  const consumer = kafka.consumer({ groupId: `${prefix}reader` });
  const found: Received[] = [];
  const seen = new Set<string>();
  await consumer.connect();
  await consumer.subscribe({ topic: prefix + TOPIC, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ topic, partition, message }) => {
      const name = `${String(message.key)} ${String(message.value)}`;
      if (seen.has(name) || String(message.key) === butOf) return;
      seen.add(name);
      found.push({
        topic,
        partition,
        key: String(message.key),
        value: String(message.value),
        headers: Object.fromEntries(
          Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
        ),
      });
    },
  });
  await until(`${count} messages`, () => found.length >= count);
  await consumer.disconnect();
  return found;
}

describe.each(CLIENTS)('%s', (client) => {
  test('events arrive under their key, in its partition, with their headers, in order', async () => {
    const keys = KEY_VECTORS.filter(({ key }) => !key.includes('\0'));
    for (const text of ['1', '2', '3']) {
      await outbox.append(
        ...keys.map(({ key }) => eventOf(key, text, { headers: { ce_type: 'ADDED', traceparent: `00-ü-${text}` } })),
      );
    }
    outbox.relay({ publisher: publisherOf(client) });
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    const found = await received(keys.length * 3);
    expect(found).toHaveLength(keys.length * 3);
    for (const { key, partitionOf12 } of keys) {
      const own = found.filter((message) => message.key === key);
      expect(own.map(({ value }) => value)).toEqual(['1', '2', '3']);
      expect(new Set(own.map(({ partition }) => partition))).toEqual(new Set([partitionOf12]));
      expect(own[0]?.headers).toEqual({ ce_type: 'ADDED', traceparent: '00-ü-1' });
    }
  });

  test('F11 a key whose event the broker finds too large is parked with the reason; the others go on', async () => {
    const admin = kafka.admin();
    await admin.connect();
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name: prefix + TOPIC,
          configEntries: [{ name: 'max.message.bytes', value: '100000' }],
        },
      ],
    });
    await admin.disconnect();
    // a broker learns of it a moment later
    const producer = kafka.producer({ retry: { retries: 0 } });
    await producer.connect();
    await until('the broker finds it too large', () =>
      producer.send({ topic: prefix + TOPIC, messages: [{ key: 'probe', value: 'x'.repeat(200_000) }] }).then(
        () => false,
        (error: unknown) => String(error).includes('larger than the max'),
      ),
    );
    await producer.disconnect();
    // 'key-0' and 'twin' are sent by one request, whatever their partitions
    await outbox.append(
      eventOf('key-0', 'small'),
      eventOf('key-0', 'x'.repeat(200_000)),
      eventOf('key-0', 'behind it'),
      ...Array.from({ length: 40 }, (_, index) => eventOf(`twin-${index}`, 'well')),
    );
    outbox.relay({ publisher: publisherOf(client), settings: { keyMaxAttempts: 1 } });
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    expect(await readLag(outbox.pool)).toMatchObject({ deadEvents: 2, deadKeys: 1 });
    const [state] = await outbox.rows<{ msg_key: string; last_error: string }>('SELECT * FROM outbox_key_state');
    expect(state).toMatchObject({
      msg_key: 'key-0',
      last_error: expect.stringContaining('larger than the max') as unknown as string,
    });
    const found = await received(41, 'probe');
    expect(found.filter(({ key }) => key === 'key-0').map(({ value }) => value)).toContain('small');
    expect(found.some(({ value }) => value === 'behind it')).toBe(false);
    expect(new Set(found.map(({ key }) => key)).size).toBe(41);
  });

  test('a missing topic is waited for a while; then its keys are parked, and the other topics go on', async () => {
    const failures = new Set<string>();
    outbox.relay({
      publisher: publisherOf(client),
      settings: { keyMaxAttempts: 1, unclearFaultMs: 300 },
      observer: { sendFailed: (fault, reason) => void failures.add(`${fault} ${reason}`) },
    });
    await outbox.append(eventOf('a', '1', { topic: 'nobody-makes-it' }), eventOf('b', '1'));
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    expect(await readLag(outbox.pool)).toMatchObject({ deadEvents: 1, deadKeys: 1 });
    expect((await received(1)).map(({ key }) => key)).toEqual(['b']);
    // the other topic may be so new that its broker is not there for it at first
    expect([...failures].filter((failure) => !failure.startsWith('broker '))).toEqual([
      'unclear UNKNOWN_TOPIC_OR_PARTITION',
    ]);
  });

  test('a key whose event has headers that are no headers is parked', async () => {
    await outbox.append(eventOf('a', '1'), eventOf('b', '1'));
    // as a writer may have left it that does not look at its headers
    await outbox.rows(`UPDATE outbox_event SET headers='{"n":1}' WHERE msg_key='a'`);
    outbox.relay({ publisher: publisherOf(client), settings: { keyMaxAttempts: 1 } });
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    expect(await readLag(outbox.pool)).toMatchObject({ deadEvents: 1, deadKeys: 1 });
  });

  test('F12 brokers that are not there cost no attempt', async () => {
    const reasons = new Set<string>();
    const publisher = publisherOn(client, { brokers: ['127.0.0.1:1'], topicPrefix: prefix, requestTimeoutMs: 1_000 });
    outbox.relay({ publisher, observer: { sendFailed: (fault, reason) => void reasons.add(`${fault} ${reason}`) } });
    await outbox.append(eventOf('a', '1'));
    let failed = 0;
    await until('it has tried', () => (failed = reasons.size) > 0);
    expect(failed).toBe(1);
    expect([...reasons]).toEqual([client === 'kafkajs' ? 'broker KafkaJSConnectionError' : 'broker PLT_KFK_NETWORK']);
    expect(await outbox.rows('SELECT 1 FROM outbox_key_state')).toEqual([]);
  });
});
