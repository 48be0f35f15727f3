/** A message whose parts are all text. */
export interface TextMessage {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The records of one request for one partition, as one message to kafkajs. kafkajs groups messages by partition and
 * copies the partition's list for each message, which was most of what it still did for a relay's events; these are
 * grouped already.
 *
 * Only the writer of `useFastProduceWriter` can read it.
 */
export class PartitionRecords {
  /** kafkajs refuses a message without a value */
  readonly value = '';

  constructor(
    readonly partition: number,
    readonly records: readonly TextMessage[],
  ) {
    // Any other writer reads or copies the key, and would send an empty message in place of the records.
    Object.defineProperty(this, 'key', { enumerable: true, get: refuse });
  }
}

function refuse(): never {
  throw new Error('records of a partition are only for the writer of useFastProduceWriter');
}
