import type { TextMessage } from '@outrider/kafkajs-fast';
import { partitionOf } from '../partition-of.js';
import { PublishError, type OutgoingEvent, type PublisherLane } from '../event-publisher.js';
import { EncodingError, faultOf, PartitionMissingError } from './fault-of.js';
import type { PartitionCounts } from './partition-counts.js';
import type { AnsweredPartition, LaneProducer, ProducerClient, TopicRecords } from './producer-client.js';

export interface KafkaPublisherLaneOptions {
  readonly client: ProducerClient;
  readonly partitionCounts: PartitionCounts;
  readonly topicPrefix: string;
}

/** PublisherLane on a producer of a Kafka client, made again after every failure that is not an event's. */
export class KafkaPublisherLane implements PublisherLane {
  #producer: Promise<LaneProducer> | undefined;

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
      const records = await this.#recordsOf(events);
      this.#producer ??= this.options.client.connect();
      const producer = await this.#producer;
      refuseUnanswered(records, await producer.send(records));
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
    if (producer !== undefined) await (await producer).close();
  }

  async #recordsOf(events: readonly OutgoingEvent[]): Promise<TopicRecords[]> {
    const byTopic = new Map<string, { records: Map<number, TextMessage[]>; count: number }>();
    for (const { topic, key, payload, headers, eventId, partition: known } of events) {
      let entry = byTopic.get(topic);
      if (entry === undefined) {
        entry = { records: new Map(), count: await this.options.partitionCounts.of(this.#nameOf(topic)) };
        byTopic.set(topic, entry);
      }
      const record = { key, value: payload, headers: headersOf(eventId, headers) };
      const partition = known !== undefined && known < entry.count ? known : partitionOf(key, entry.count);
      const records = entry.records.get(partition);
      if (records === undefined) entry.records.set(partition, [record]);
      else records.push(record);
    }
    return [...byTopic].map(([topic, { records }]) => ({ topic: this.#nameOf(topic), partitions: records }));
  }

  #nameOf(topic: string): string {
    return this.options.topicPrefix + topic;
  }

  #discard(): void {
    const producer = this.#producer;
    this.#producer = undefined;
    // Nobody waits for a broken connection to close.
    void producer?.then((old) => old.close()).catch(() => undefined);
  }
}

/**
 * A client may leave out without an error what is for a partition that the topic does not have, as after it was created
 * again with fewer: what the broker has not answered for is not there.
 */
function refuseUnanswered(sent: readonly TopicRecords[], answers: readonly AnsweredPartition[]): void {
  const answered = new Set(answers.map(({ topic, partition }) => `${topic}/${partition}`));
  for (const { topic, partitions } of sent) {
    for (const partition of partitions.keys()) {
      if (!answered.has(`${topic}/${partition}`)) throw new PartitionMissingError(topic, partition);
    }
  }
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
