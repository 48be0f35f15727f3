import { stopIdleTimer } from '@outrider/kafkajs-fast';
import { Kafka, logLevel } from 'kafkajs';
import type { Database, Sql } from './database.js';
import { Gatherer } from './gatherer.js';
import type { Notifier } from './outbox.js';

export interface Message {
  readonly topic: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly orderId: string;
  readonly productId: string;
  readonly payload: Record<string, unknown>;
}

export interface Consuming {
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
  readonly group: string;
  readonly topics: readonly string[];
  readonly database: Database;
  readonly notifier: Notifier;
  /** what messages do, in one transaction with their ids; no message twice */
  readonly handle: (sql: Sql, messages: readonly Message[]) => Promise<void>;
  /** after the commit */
  readonly committed?: (messages: readonly Message[]) => void;
}

const INSERT_IDS = `INSERT INTO inbox SELECT x FROM unnest($1::uuid[]) x ORDER BY x ON CONFLICT DO NOTHING RETURNING event_id`;
const PARTITIONS = 12;

/** Reads topics. What is read together, from whatever partitions, shares a transaction. */
export async function consume(options: Consuming): Promise<void> {
  const { brokers, topicPrefix, group, topics, database, notifier } = options;
  const gatherer = new Gatherer<Message>(async (messages) => {
    const fresh = await database.transaction(async (sql) => {
      const ids = await sql<{ event_id: string }>(INSERT_IDS, [messages.map(({ eventId }) => eventId)]);
      const unseen = new Set(ids.map(({ event_id }) => event_id));
      // the first of two with one id
      const first = messages.filter(({ eventId }) => unseen.delete(eventId));
      if (first.length > 0) await options.handle(sql, first);
      return first;
    });
    notifier.committed();
    options.committed?.(fresh);
  });
  stopIdleTimer();
  const kafka = new Kafka({ clientId: group, brokers: [...brokers], logLevel: logLevel.ERROR });
  const consumer = kafka.consumer({ groupId: topicPrefix + group, maxWaitTimeInMs: 250 });
  await consumer.connect();
  await consumer.subscribe({ topics: topics.map((topic) => topicPrefix + topic), fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: PARTITIONS * topics.length,
    autoCommitInterval: 1_000,
    eachBatch: async ({ batch }) => {
      const topic = batch.topic.slice(topicPrefix.length);
      await gatherer.add(
        batch.messages.map(({ value }) => ({
          topic,
          ...(JSON.parse(value?.toString() ?? '') as Omit<Message, 'topic'>),
        })),
      );
    },
  });
}
