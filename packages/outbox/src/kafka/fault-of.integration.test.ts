import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { stopIdleTimer } from '@outrider/kafkajs-fast';
import { createTopics, deleteTopics, freePort, freshTopicPrefix, sharedInfra } from '@outrider/testkit';
import { ConfigResourceTypes, Kafka, logLevel, type KafkaConfig, type Message } from 'kafkajs';
import type { PublishError } from '../event-publisher.js';
import { KafkaReader } from '../testing/kafka-reader.js';
import { eventOf, openOutbox, silent, TOPIC, until, type OutboxUnderTest } from '../testing/outbox-under-test.js';
import { FAULTS, faultOf } from './fault-of.js';
import { KafkaEventPublisher } from './kafka-event-publisher.js';

stopIdleTimer();

const DOCUMENT = new URL('../../../../docs/kafka-errors.md', import.meta.url);
const MEGABYTE = 1_048_576;

let brokers: string[];
let prefix: string;
let topics: string[];
beforeAll(async () => {
  brokers = [...(await sharedInfra()).brokers];
});
beforeEach(() => {
  prefix = freshTopicPrefix();
  topics = [];
});
afterEach(async () => {
  if (topics.length > 0) await deleteTopics(brokers, topics);
});

const clientOf = (config: Partial<KafkaConfig> = {}): Kafka =>
  new Kafka({ clientId: 'test', brokers, logLevel: logLevel.NOTHING, retry: { retries: 0 }, ...config });

async function topicOf(name: string, config: Record<string, string> = {}): Promise<string> {
  const topic = prefix + name;
  topics.push(topic);
  await createTopics(brokers, [topic], 2);
  await configure(topic, config);
  return topic;
}

async function configure(topic: string, config: Record<string, string>): Promise<void> {
  const admin = clientOf().admin();
  await admin.connect();
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }],
  });
  await admin.disconnect();
}

/** The error of a message, sent again and again until there is one: a broker hears of settings a moment later. */
async function refusal(topic: string, message: Message, kafka = clientOf()): Promise<unknown> {
  const producer = kafka.producer();
  let error: unknown;
  try {
    await producer.connect();
    await until('it is refused', () =>
      producer.send({ topic, messages: [message] }).then(
        () => false,
        (failed: unknown) => {
          error = failed;
          return true;
        },
      ),
    );
  } catch (failed) {
    error = failed;
  }
  await producer.disconnect();
  return error;
}

/** The error of an event that goes the relay's way. */
async function laneRefusal(
  event: Parameters<typeof eventOf>[2],
  kafka: Partial<KafkaConfig> = {},
  partitions?: number,
): Promise<unknown> {
  const publisher = new KafkaEventPublisher({
    kafka: { clientId: 'relay', brokers, ...kafka },
    log: silent,
    topicPrefix: prefix,
    partitionsOf: () => partitions,
    requestTimeoutMs: 1_000,
  });
  const lane = publisher.open();
  const { headers, ...rest } = eventOf('k', 'value', event);
  const error: unknown = await lane
    .send([{ ...rest, headers: JSON.stringify(headers) }])
    .then(() => undefined)
    .catch((failed: unknown) => failed);
  await lane.close();
  return (error as PublishError).cause;
}

/** Where something listens that is no broker. */
async function withServer<T>(accept: (socket: Socket) => void, use: (broker: string) => Promise<T>): Promise<T> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    accept(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

const PROVOKED: Readonly<Record<string, () => Promise<unknown>>> = {
  MESSAGE_TOO_LARGE: async () =>
    refusal(await topicOf('small', { 'max.message.bytes': '1000' }), { key: 'k', value: 'x'.repeat(2_000) }),
  RECORD_LIST_TOO_LARGE: async () => {
    const config = { 'segment.bytes': String(MEGABYTE), 'max.message.bytes': String(8 * MEGABYTE) };
    return refusal(await topicOf('segments', config), { key: 'k', value: 'x'.repeat(2 * MEGABYTE) });
  },
  INVALID_RECORD: async () =>
    refusal(await topicOf('compacted', { 'cleanup.policy': 'compact' }), { key: null, value: 'no key' }),
  INVALID_TIMESTAMP: async () =>
    refusal(await topicOf('timed', { 'message.timestamp.after.max.ms': '1000' }), {
      key: 'k',
      value: 'from tomorrow',
      timestamp: String(Date.now() + 86_400_000),
    }),
  INVALID_TOPIC_EXCEPTION: () => laneRefusal({ topic: 'no topic has spaces' }),
  UNKNOWN_TOPIC_OR_PARTITION: () => laneRefusal({ topic: 'nobody-makes-it' }),
  EncodingError: async () => {
    await topicOf(TOPIC);
    return laneRefusal({ headers: { n: 1 as unknown as string } });
  },
  PartitionMissingError: async () => {
    await topicOf(TOPIC);
    return laneRefusal({}, {}, 1_000);
  },
  ILLEGAL_SASL_STATE: () => laneRefusal({}, { sasl: { mechanism: 'plain', username: 'u', password: 'p' } }),
  KafkaJSConnectionError: async () => laneRefusal({}, { brokers: [`127.0.0.1:${await freePort()}`] }),
  KafkaJSRequestTimeoutError: () =>
    withServer(
      () => {},
      (broker) => laneRefusal({}, { brokers: [broker] }),
    ),
  KafkaJSConnectionClosedError: () =>
    withServer(
      (socket) => socket.once('data', () => socket.end()),
      (broker) => laneRefusal({}, { brokers: [broker] }),
    ),
};

test.each(Object.keys(PROVOKED))('F12 %s of a real broker is known for what it is', async (name) => {
  const error = await PROVOKED[name]!();
  expect(faultOf(error)).toEqual({ fault: FAULTS[name], reason: name });
});

test('docs/kafka-errors.md names those that are provoked here', async () => {
  const rows = [...(await readFile(DOCUMENT, 'utf8')).matchAll(/^\| `(\w+)` \|.*\| yes \|$/gm)];
  expect(rows.map(([, name]) => name).sort()).toEqual(Object.keys(PROVOKED).sort());
});

let outbox: OutboxUnderTest | undefined;
afterEach(async () => {
  await outbox?.close();
  outbox = undefined;
});

test('F12 of a request that a broker takes in part, only what it did not acknowledge is sent again', async () => {
  const under = (outbox = await openOutbox());
  const [sick, well] = [await topicOf('sick'), await topicOf('well')];
  let failures = 0;
  const append = (round: string): Promise<void> =>
    under.append(
      ...Array.from({ length: 40 }, (_, n) => eventOf(`key-${n}`, round, { topic: n % 2 === 0 ? 'sick' : 'well' })),
    );
  const relay = under.relay({
    publisher: new KafkaEventPublisher({
      kafka: { clientId: 'relay', brokers },
      log: silent,
      topicPrefix: prefix,
      requestTimeoutMs: 3_000,
    }),
    settings: { keyMaxAttempts: 1 },
    observer: { sendFailed: () => void (failures += 1) },
  });
  // once, so that the relay's client knows both topics and will send to both by one request
  await append('first');
  await until('nothing waits', async () => (await under.pending()) === 0);
  await deleteTopics(brokers, [sick]);
  const admin = clientOf().admin();
  await admin.connect();
  const gone = (): Promise<boolean> => admin.fetchTopicMetadata({ topics: [sick] }).then(isNothing, isNothing);
  await until('the topic is gone', gone);
  await admin.disconnect();
  await append('second');
  await until('what the broker took is acknowledged', async () => failures > 10 && (await under.pending()) === 20);
  await createTopics(brokers, [sick], 2);
  await until('nothing waits', async () => (await under.pending()) === 0);
  await relay.stop();
  expect(await under.rows('SELECT 1 FROM outbox_key_state')).toEqual([]);
  for (const [topic, times] of [
    [well, 2],
    [sick, 1],
  ] as const) {
    const reader = await KafkaReader.open(brokers, topic);
    const seconds = (): string[] => reader.received.flatMap(({ key, value }) => (value === 'second' ? [key] : []));
    await until('all are there', () => new Set(seconds()).size === 20);
    await reader.close();
    // what was taken went with the request that failed, and once more by itself: kafkajs does not tell of which
    // partitions a failed request succeeded
    for (const key of seconds()) expect(seconds().filter((other) => other === key).length).toBeLessThanOrEqual(times);
  }
});

/** An answer without the topic, or a refusal to speak of it. */
function isNothing(answer: unknown): boolean {
  return answer instanceof Object && 'type' in answer && answer.type === 'UNKNOWN_TOPIC_OR_PARTITION';
}
