import { Kafka, logLevel } from 'kafkajs';
import { createTopics } from '@outrider/testkit';
import type { Arrival } from './verdict.js';

const PARTITIONS = 12;
const LONGEST_MS = 60_000;

function kafkaOf(brokers: readonly string[]): Kafka {
  return new Kafka({ clientId: 'bench.stress', brokers: [...brokers], logLevel: logLevel.NOTHING });
}

/** A topic whose messages carry the broker's time, not the sender's: a stopped sender's clock says little. */
export async function makeTopic(brokers: readonly string[], name: string): Promise<void> {
  const admin = kafkaOf(brokers).admin();
  await admin.connect();
  try {
    await admin.createTopics({
      waitForLeaders: false,
      topics: [
        {
          topic: name,
          numPartitions: PARTITIONS,
          replicationFactor: 1,
          configEntries: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }],
        },
      ],
    });
  } finally {
    await admin.disconnect();
  }
  // it is there: this waits for its leaders
  await createTopics(brokers, [name], PARTITIONS);
}

/** Reads a topic from its beginning to what is now its end. */
export async function readTopic(brokers: readonly string[], topic: string): Promise<Arrival[]> {
  const kafka = kafkaOf(brokers);
  const admin = kafka.admin();
  await admin.connect();
  const missing = new Map<number, bigint>();
  for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
    if (BigInt(high) > 0n) missing.set(partition, BigInt(high));
  }
  await admin.disconnect();
  const arrivals: Arrival[] = [];
  if (missing.size === 0) return arrivals;
  const { promise: complete, resolve, reject } = Promise.withResolvers<void>();
  const late = setTimeout(() => reject(new Error(`the topic was not read within ${LONGEST_MS / 1_000} s`)), LONGEST_MS);
  const consumer = kafka.consumer({ groupId: `${topic}.judge` });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: ({ partition, message }) => {
        const { n } = JSON.parse(String(message.value)) as { n: number };
        const atMs = Number(message.timestamp);
        arrivals.push({ eventId: String(message.headers?.['ce_id']), key: String(message.key), n, atMs });
        if (BigInt(message.offset) + 1n >= (missing.get(partition) ?? 0n)) missing.delete(partition);
        if (missing.size === 0) resolve();
        return Promise.resolve();
      },
    });
    await complete;
  } finally {
    clearTimeout(late);
    await consumer.disconnect();
  }
  return arrivals;
}
