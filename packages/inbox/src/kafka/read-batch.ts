import type { Batch, IHeaders, KafkaMessage } from 'kafkajs';
import { InboxError } from '../errors.js';
import type { RawMessage } from '../subscription.js';

/**
 * The offset that a batch was asked for. kafkajs 2.2.4 has it on the batch and not in its types; without it, a batch
 * that skips messages could not be distinguished from one whose log has a gap.
 * @throws InboxError INBOX_CLIENT_UNSUPPORTED
 */
export function fetchedFrom(batch: Batch): bigint {
  if (
    !('fetchedOffset' in batch) ||
    (typeof batch.fetchedOffset !== 'string' && typeof batch.fetchedOffset !== 'number')
  ) {
    throw new InboxError(
      'INBOX_CLIENT_UNSUPPORTED',
      'this version of kafkajs does not say from where a batch was fetched',
    );
  }
  return BigInt(batch.fetchedOffset);
}

export function rawMessage(topic: string, partition: number, message: KafkaMessage): RawMessage {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    timeMs: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: flatHeaders(message.headers),
  };
}

function flatHeaders(headers: IHeaders | undefined): RawMessage['headers'] {
  const flat: [string, Uint8Array][] = [];
  for (const [name, values] of Object.entries(headers ?? {})) {
    for (const value of Array.isArray(values) ? values : [values]) {
      flat.push([name, value === undefined || value === null ? new Uint8Array() : Buffer.from(value)]);
    }
  }
  return flat;
}
