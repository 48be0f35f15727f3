// Runs in a pod of order, from its compiled text alone: it imports Node's own and packages of the images. Reads a topic
// from its beginning to its end and prints what became of the events whose keys begin as given, as one line of JSON.
import { randomUUID } from 'node:crypto';
import { json } from 'node:stream/consumers';
import { Kafka, logLevel } from 'kafkajs';
import type { ReadTopicRequest, TopicRead } from './backlog.js';

const { authority, password, topic, prefix } = (await json(process.stdin)) as ReadTopicRequest;
const kafka = new Kafka({
  clientId: 'cluster-test',
  brokers: ['kafka:9093'],
  ssl: { ca: [authority] },
  sasl: { mechanism: 'scram-sha-512', username: 'admin', password },
  logLevel: logLevel.NOTHING,
});
const admin = kafka.admin();
await admin.connect();
const ends = new Map(
  (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)] as const),
);
const left = new Set([...ends].filter(([, end]) => end > 0).map(([partition]) => partition));

/** by key: the numbers that came, and the highest of them */
const seen = new Map<string, { readonly numbers: Set<number>; highest: number }>();
const read = { events: 0, again: 0, inverted: 0 };
function count(key: string, n: number): void {
  let known = seen.get(key);
  if (known === undefined) seen.set(key, (known = { numbers: new Set(), highest: -1 }));
  if (known.numbers.has(n)) {
    read.again += 1;
    return;
  }
  read.events += 1;
  if (n < known.highest) read.inverted += 1;
  known.numbers.add(n);
  known.highest = Math.max(known.highest, n);
}

const groupId = `cluster-test-${randomUUID()}`;
const consumer = kafka.consumer({ groupId });
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await new Promise<void>((resolve, reject) => {
  if (left.size === 0) resolve();
  consumer
    .run({
      eachBatch: async ({ batch }) => {
        for (const { key, value } of batch.messages) {
          const name = key?.toString() ?? '';
          if (name.startsWith(prefix)) count(name, (JSON.parse(value?.toString() ?? '') as { n: number }).n);
        }
        if (Number(batch.lastOffset()) + 1 >= (ends.get(batch.partition) ?? 0)) left.delete(batch.partition);
        if (left.size === 0) resolve();
      },
    })
    .catch(reject);
});
await consumer.disconnect();
await admin.deleteGroups([groupId]);
await admin.disconnect();
console.log(JSON.stringify(read satisfies TopicRead));
