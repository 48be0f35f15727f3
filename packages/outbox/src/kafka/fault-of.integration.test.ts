import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { stopIdleTimer } from '@outrider/kafkajs-fast';
import { createTopics, deleteTopics, freePort, freshTopicPrefix, sharedInfra, until } from '@outrider/testkit';
import { ConfigResourceTypes, Kafka, logLevel, type KafkaConfig, type Message } from 'kafkajs';
import type { PublishError } from '../event-publisher.js';
import { KafkaReader } from '../testing/kafka-reader.js';
import { eventOf, openOutbox, TOPIC, type OutboxUnderTest } from '../testing/outbox-under-test.js';
import { FAULTS, faultOf } from './fault-of.js';
import { CLIENTS, publisherOn, type Client, type PublisherUnderTest } from '../testing/kafka-publishers.js';

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

/** The error of a message, sent again and again until there is one: a broker applies settings a moment later. */
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
  client: Client,
  event: Parameters<typeof eventOf>[2],
  more: Partial<PublisherUnderTest> = {},
): Promise<unknown> {
  const lane = publisherOn(client, { brokers, topicPrefix: prefix, requestTimeoutMs: 1_000, ...more }).open();
  const { headers, ...rest } = eventOf('k', 'value', event);
  let error: unknown;
  await until('it is refused', () =>
    lane.send([{ ...rest, headers: JSON.stringify(headers) }]).then(
      () => false,
      (failed: unknown) => {
        error = failed;
        return true;
      },
    ),
  );
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

const SEGMENTS = { 'segment.bytes': String(MEGABYTE), 'max.message.bytes': String(8 * MEGABYTE) };

/** By a message that a relay would not send. */
const PROVOKED: Readonly<Record<string, () => Promise<unknown>>> = {
  INVALID_RECORD: async () =>
    refusal(await topicOf('compacted', { 'cleanup.policy': 'compact' }), { key: null, value: 'no key' }),
  INVALID_TIMESTAMP: async () =>
    refusal(await topicOf('timed', { 'message.timestamp.after.max.ms': '1000' }), {
      key: 'k',
      value: 'from tomorrow',
      timestamp: String(Date.now() + 86_400_000),
    }),
};

/** By an event on its way, by either client. */
const PROVOKED_BY_LANE: Readonly<Record<string, (client: Client) => Promise<unknown>>> = {
  MESSAGE_TOO_LARGE: async (client) => {
    await topicOf('small', { 'max.message.bytes': '1000' });
    return laneRefusal(client, { topic: 'small', payload: 'x'.repeat(2_000) });
  },
  RECORD_LIST_TOO_LARGE: async (client) => {
    await topicOf('segments', SEGMENTS);
    return laneRefusal(client, { topic: 'segments', payload: 'x'.repeat(2 * MEGABYTE) });
  },
  INVALID_TOPIC_EXCEPTION: (client) => laneRefusal(client, { topic: 'no topic has spaces' }),
  UNKNOWN_TOPIC_OR_PARTITION: (client) => laneRefusal(client, { topic: 'nobody-makes-it' }),
  EncodingError: async (client) => {
    await topicOf(TOPIC);
    return laneRefusal(client, { headers: { n: 1 as unknown as string } });
  },
  PartitionMissingError: async (client) => {
    await topicOf(TOPIC);
    return laneRefusal(client, {}, { partitionsOf: () => 1_000 });
  },
  ILLEGAL_SASL_STATE: (client) => laneRefusal(client, {}, { sasl: true }),
};

/** What is no answer of a broker, by its name in either client. */
const NETWORK: readonly (readonly [name: string, provoke: (client: Client) => Promise<unknown>])[] = [
  ['KafkaJSConnectionError', async (client) => laneRefusal(client, {}, { brokers: [`127.0.0.1:${await freePort()}`] })],
  [
    'KafkaJSRequestTimeoutError',
    (client) =>
      withServer(
        () => {},
        (broker) => laneRefusal(client, {}, { brokers: [broker] }),
      ),
  ],
  [
    'KafkaJSConnectionClosedError',
    (client) =>
      withServer(
        (socket) => socket.once('data', () => socket.end()),
        (broker) => laneRefusal(client, {}, { brokers: [broker] }),
      ),
  ],
];

test.each(Object.keys(PROVOKED))('F12 %s of a real broker is known for what it is', async (name) => {
  expect(faultOf(await PROVOKED[name]!())).toEqual({ fault: FAULTS[name], reason: name });
});

describe.each(CLIENTS)('%s', (client) => {
  test.each(Object.keys(PROVOKED_BY_LANE))('F12 %s of a real broker is known for what it is', async (name) => {
    expect(faultOf(await PROVOKED_BY_LANE[name]!(client))).toEqual({ fault: FAULTS[name], reason: name });
  });

  test.each(NETWORK)('F12 %s, or what the client calls it, is known for what it is', async (name, provoke) => {
    const reason = client === 'kafkajs' ? name : 'PLT_KFK_NETWORK';
    expect(faultOf(await provoke(client))).toEqual({ fault: 'broker', reason });
  });
});

test('docs/kafka-errors.md names those that are provoked here', async () => {
  const rows = [...(await readFile(DOCUMENT, 'utf8')).matchAll(/^\| `(\w+)` \|.*\| yes \|$/gm)];
  const provoked = [...Object.keys(PROVOKED), ...Object.keys(PROVOKED_BY_LANE), ...NETWORK.map(([name]) => name)];
  expect(rows.map(([, name]) => name).sort()).toEqual([...provoked, 'PLT_KFK_NETWORK'].sort());
});

let outbox: OutboxUnderTest | undefined;
afterEach(async () => {
  await outbox?.close();
  outbox = undefined;
});

test.each(CLIENTS)(
  'F12 %s: of a request that a broker takes in part, only what it did not acknowledge is sent again',
  async (client) => {
    const under = (outbox = await openOutbox());
    const [sick, well] = [await topicOf('sick'), await topicOf('well')];
    let failures = 0;
    const append = (round: string): Promise<void> =>
      under.append(
        ...Array.from({ length: 40 }, (_, n) => eventOf(`key-${n}`, round, { topic: n % 2 === 0 ? 'sick' : 'well' })),
      );
    const relay = under.relay({
      publisher: publisherOn(client, { brokers, topicPrefix: prefix }),
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
      // what was taken went with the request that failed, and once more by itself: kafkajs does not report which
      // partitions a failed request succeeded
      for (const key of seconds()) expect(seconds().filter((other) => other === key).length).toBeLessThanOrEqual(times);
    }
  },
);

/** An answer without the topic, or a refusal to speak of it. */
function isNothing(answer: unknown): boolean {
  return answer instanceof Object && 'type' in answer && answer.type === 'UNKNOWN_TOPIC_OR_PARTITION';
}
