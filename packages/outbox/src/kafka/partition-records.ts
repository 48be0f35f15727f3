/** A message all of text, as it is written here. */
export interface TextMessage {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * All that one request brings to one partition, as one message to kafkajs. It groups messages by partition, and copies
 * the partition's list for each of them: of what it still did for a relay's events, most. These are grouped already.
 *
 * Only the writer of `quickenKafkajs` knows what to do with it.
 */
export class PartitionRecords {
  /** kafkajs refuses a message without one */
  readonly value = '';

  constructor(
    readonly partition: number,
    readonly records: readonly TextMessage[],
  ) {
    // Any other writer asks for it, or copies it, and would send an empty message instead of what is in here.
    Object.defineProperty(this, 'key', { enumerable: true, get: refuse });
  }
}

function refuse(): never {
  throw new Error('records of a partition are only for the writer of quickenKafkajs');
}
