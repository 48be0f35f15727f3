import type { Kafka } from 'kafkajs';
import type { LogRange, PartitionHandler, Position, TopicPartition } from '../event-consumer.js';
import type { RawMessage } from '../subscription.js';
import type { ConsumerClient, GroupMember, MemberOptions, MemberSigns } from './consumer-client.js';
import { KafkajsMember } from './kafkajs-member.js';
import { messagesAt } from './messages-at.js';
import { rawMessage } from './read-batch.js';

/** ConsumerClient on kafkajs. */
export class KafkajsClient implements ConsumerClient {
  constructor(private readonly kafka: Kafka) {}

  newMember(options: MemberOptions, handler: PartitionHandler, signs: MemberSigns): GroupMember {
    return new KafkajsMember(this.kafka, options, handler, signs);
  }

  async logRanges(topics: readonly string[]): Promise<(TopicPartition & LogRange)[]> {
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      const ranges: (TopicPartition & LogRange)[] = [];
      for (const topic of topics) {
        for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
          ranges.push({ topic, partition, low: BigInt(low), high: BigInt(high) });
        }
      }
      return ranges;
    } finally {
      await admin.disconnect();
    }
  }

  async messagesAt(positions: readonly Position[]): Promise<(RawMessage | null)[]> {
    const found = await messagesAt(this.kafka, positions);
    return positions.map(({ topic, partition }, index) => {
      const message = found[index] ?? null;
      return message === null ? null : rawMessage(topic, partition, message);
    });
  }
}
