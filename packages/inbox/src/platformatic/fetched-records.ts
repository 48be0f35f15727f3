import type { Consumer, RecordsBatch } from '@platformatic/kafka';
import type { RawMessage } from '../subscription.js';

export type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;
export type FetchedPartition = FetchResponse['responses'][number]['partitions'][number];

/** What a fetch brought of one partition. */
export interface FetchedRecords {
  readonly messages: readonly RawMessage[];
  /** up to here, exclusive, the log holds no other readable message; the offset asked for where nothing came */
  readonly next: bigint;
}

const LOG_APPEND_TIME = 1 << 3;
const CONTROL = 1 << 5;
/** the second half of a control record's key: 0 for an abort, 1 for a commit */
const ABORT = 0;

/**
 * The readable messages from `offset` on: neither control records nor those of aborted transactions, nor what lies before
 * the offset in the batch that holds it.
 * @param topic put into the messages
 */
export function fetchedRecords(topic: string, offset: bigint, fetched: FetchedPartition): FetchedRecords {
  const messages: RawMessage[] = [];
  let next = offset;
  const aborted = new AbortedTransactions(fetched.abortedTransactions ?? []);
  for (const batch of fetched.records ?? []) {
    const behind = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
    if (behind > next) next = behind;
    if (aborted.hold(batch) || (batch.attributes & CONTROL) !== 0) continue;
    for (const record of batch.records) {
      const at = batch.firstOffset + BigInt(record.offsetDelta);
      if (at < offset) continue;
      const time =
        (batch.attributes & LOG_APPEND_TIME) === 0 ? batch.firstTimestamp + record.timestampDelta : batch.maxTimestamp;
      messages.push({
        topic,
        partition: fetched.partitionIndex,
        offset: at,
        timeMs: Number(time),
        key: record.key,
        value: record.value,
        headers: record.headers.map(([name, value]) => [String(name ?? ''), value ?? new Uint8Array()]),
      });
    }
  }
  return { messages, next };
}

/** Which batches belong to transactions that were aborted: from the first one on up to the abort's control record. */
class AbortedTransactions {
  readonly #open = new Set<bigint>();
  readonly #ahead: { readonly producerId: bigint; readonly firstOffset: bigint }[];

  constructor(aborted: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[]) {
    this.#ahead = aborted.toSorted((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  }

  /** Called with the batches in their order. */
  hold({ firstOffset, lastOffsetDelta, attributes, producerId, records }: RecordsBatch): boolean {
    const last = firstOffset + BigInt(lastOffsetDelta);
    for (let first = this.#ahead[0]; first !== undefined && first.firstOffset <= last; first = this.#ahead[0]) {
      this.#open.add(first.producerId);
      this.#ahead.shift();
    }
    if ((attributes & CONTROL) === 0) return this.#open.has(producerId);
    if (records[0]?.key?.readInt16BE(2) === ABORT) this.#open.delete(producerId);
    return false;
  }
}
