import { hasFastProduceWriter, PartitionRecords, type TextMessage } from '@outrider/kafkajs-fast';
import type { Kafka, Message, Producer, RecordMetadata, TopicMessages } from 'kafkajs';
import { PublishError, type OutgoingEvent, type PublisherLane } from '../event-publisher.js';
import { partitionOf } from '../partition-of.js';
import { EncodingError, faultOf, PartitionMissingError } from './fault-of.js';
import type { PartitionCounts } from './partition-counts.js';

const ALL_IN_SYNC = -1;

export interface KafkaPublisherLaneOptions {
  readonly kafka: Kafka;
  readonly partitionCounts: PartitionCounts;
  readonly topicPrefix: string;
  readonly requestTimeoutMs: number;
}

/** PublisherLane on a kafkajs producer, made anew after every failure that is not an event's. */
export class KafkaPublisherLane implements PublisherLane {
  #producer: Promise<Producer> | undefined;

  constructor(private readonly options: KafkaPublisherLaneOptions) {}

  async prepare(topics: readonly string[]): Promise<void> {
    await Promise.allSettled(topics.map(async (topic) => this.options.partitionCounts.of(this.#nameOf(topic))));
  }

  partitionOf(topic: string, key: string): number | undefined {
    const count = this.options.partitionCounts.known(this.#nameOf(topic));
    return count === undefined ? undefined : partitionOf(key, count);
  }

  async send(events: readonly OutgoingEvent[]): Promise<void> {
    try {
      const topicMessages = await this.#messagesOf(events);
      const producer = await this.#connected();
      const request = { acks: ALL_IN_SYNC, timeout: this.options.requestTimeoutMs, topicMessages };
      refuseUnanswered(topicMessages, await producer.sendBatch(request));
    } catch (error) {
      const { fault, reason } = faultOf(error);
      // A producer goes on asking for every topic it was ever given: one that is gone would fail all the others.
      if (fault !== 'event') this.#discard();
      if (fault === 'unclear') this.options.partitionCounts.forget();
      throw new PublishError(fault, reason, { cause: error });
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    if (producer !== undefined) await (await producer).disconnect();
  }

  async #messagesOf(events: readonly OutgoingEvent[]): Promise<TopicMessages[]> {
    const byTopic = new Map<string, { partitions: Map<number, TextMessage[]>; count: number }>();
    for (const { topic, key, payload, headers, eventId, partition: known } of events) {
      let entry = byTopic.get(topic);
      if (entry === undefined) {
        entry = { partitions: new Map(), count: await this.options.partitionCounts.of(this.#nameOf(topic)) };
        byTopic.set(topic, entry);
      }
      const message = { key, value: payload, headers: headersOf(eventId, headers) };
      const partition = known !== undefined && known < entry.count ? known : partitionOf(key, entry.count);
      const messages = entry.partitions.get(partition);
      if (messages === undefined) entry.partitions.set(partition, [message]);
      else messages.push(message);
    }
    return [...byTopic].map(([topic, { partitions }]) => ({
      topic: this.#nameOf(topic),
      messages: [...partitions].flatMap(messagesFor),
    }));
  }

  #nameOf(topic: string): string {
    return this.options.topicPrefix + topic;
  }

  #connected(): Promise<Producer> {
    this.#producer ??= this.#connect();
    return this.#producer;
  }

  async #connect(): Promise<Producer> {
    const producer = this.options.kafka.producer({
      allowAutoTopicCreation: false,
      // One request at a time, and no resend of its own: the relay resends, after it has looked at its lease.
      maxInFlightRequests: 1,
      retry: { retries: 0 },
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
    });
    await producer.connect();
    return producer;
  }

  #discard(): void {
    const producer = this.#producer;
    this.#producer = undefined;
    // Nobody waits for a broken connection to close.
    void producer?.then((old) => old.disconnect()).catch(() => undefined);
  }
}

/**
 * kafkajs leaves out without a word what is for a partition that the topic does not have, as after it was created again
 * with fewer: what the broker has not answered for is not there.
 */
function refuseUnanswered(sent: readonly TopicMessages[], answers: readonly RecordMetadata[]): void {
  const answered = new Set(answers.map(({ topicName, partition }) => `${topicName}/${partition}`));
  for (const { topic, messages } of sent) {
    for (const { partition } of messages) {
      if (!answered.has(`${topic}/${partition}`))
        throw new PartitionMissingError(`${topic} has no partition ${partition}`);
    }
  }
}

function messagesFor([partition, messages]: [number, TextMessage[]]): Message[] {
  if (hasFastProduceWriter()) return [new PartitionRecords(partition, messages)];
  return messages.map((message) => ({ ...message, partition }));
}

function headersOf(eventId: string, json: string): Record<string, string> {
  let headers: unknown;
  try {
    headers = JSON.parse(json);
  } catch (error) {
    throw new EncodingError(`event ${eventId}: its headers are not JSON`, { cause: error });
  }
  if (!isTexts(headers)) throw new EncodingError(`event ${eventId}: its headers are not names and texts`);
  return headers;
}

function isTexts(headers: unknown): headers is Record<string, string> {
  if (typeof headers !== 'object' || headers === null) return false;
  for (const name of Object.keys(headers)) {
    if (typeof (headers as Record<string, unknown>)[name] !== 'string') return false;
  }
  return true;
}
