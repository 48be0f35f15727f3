import type { ConnectionPool } from '@platformatic/kafka';
import type { LogRange, PartitionHandler, Position, TopicPartition } from '../event-consumer.js';
import type { ConsumerClient, GroupMember, MemberOptions, MemberSigns } from '../kafka/consumer-client.js';
import type { RawMessage } from '../subscription.js';
import { LogReader, type PlatformaticConfig } from './log-reader.js';
import { PlatformaticMember } from './platformatic-member.js';

export type { PlatformaticConfig } from './log-reader.js';

const METADATA_MAX_AGE_MS = 60_000;

/** ConsumerClient on @platformatic/kafka. */
export class PlatformaticClient implements ConsumerClient {
  /** @param onPool is given every pool of connections, so that a test can break them */
  constructor(
    private readonly config: PlatformaticConfig,
    private readonly onPool?: (pool: ConnectionPool) => void,
  ) {}

  newMember(options: MemberOptions, handler: PartitionHandler, signs: MemberSigns): GroupMember {
    return new PlatformaticMember({ config: this.config, onPool: this.onPool, ...options }, handler, signs);
  }

  logRanges(topics: readonly string[]): Promise<(TopicPartition & LogRange)[]> {
    return this.#read((reader) => reader.ranges(topics));
  }

  messagesAt(positions: readonly Position[]): Promise<(RawMessage | null)[]> {
    return this.#read((reader) => reader.messagesAt(positions));
  }

  async #read<T>(work: (reader: LogReader) => Promise<T>): Promise<T> {
    const reader = new LogReader(this.config, { metadataMaxAgeMs: METADATA_MAX_AGE_MS, onPool: this.onPool });
    try {
      return await work(reader);
    } finally {
      await reader.close();
    }
  }
}
