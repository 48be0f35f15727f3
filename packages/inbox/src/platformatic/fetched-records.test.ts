import { describe, expect, test } from '@jest/globals';
import type { RecordsBatch } from '@platformatic/kafka';
import { fetchedRecords, type FetchedPartition } from './fetched-records.js';

const TRANSACTIONAL = 1 << 4;
const CONTROL = 1 << 5;
const ABORT = 0;
const COMMIT = 1;

function batch(firstOffset: bigint, values: readonly string[], more: Partial<RecordsBatch> = {}): RecordsBatch {
  return {
    firstOffset,
    length: 0,
    partitionLeaderEpoch: 0,
    magic: 2,
    crc: 0,
    attributes: 0,
    lastOffsetDelta: values.length - 1,
    firstTimestamp: 1_000n,
    maxTimestamp: 9_000n,
    producerId: -1n,
    producerEpoch: 0,
    firstSequence: 0,
    records: values.map((value, offsetDelta) => ({
      length: 0,
      attributes: 0,
      timestampDelta: BigInt(offsetDelta),
      offsetDelta,
      key: null,
      value: Buffer.from(value),
      headers: [],
    })),
    ...more,
  };
}

function marker(offset: bigint, producerId: bigint, kind: typeof ABORT | typeof COMMIT): RecordsBatch {
  const one = batch(offset, ['']);
  const key = Buffer.from([0, 0, 0, kind]);
  return {
    ...one,
    attributes: TRANSACTIONAL | CONTROL,
    producerId,
    records: one.records.map((it) => ({ ...it, key })),
  };
}

const partition = (
  records: RecordsBatch[],
  aborted: FetchedPartition['abortedTransactions'] = [],
): FetchedPartition => ({
  partitionIndex: 3,
  errorCode: 0,
  highWatermark: 100n,
  lastStableOffset: 100n,
  logStartOffset: 0n,
  abortedTransactions: aborted,
  preferredReadReplica: -1,
  records,
});

const textsFrom = (offset: bigint, fetched: FetchedPartition): [string[], bigint] => {
  const { messages, next } = fetchedRecords('t', offset, fetched);
  return [messages.map(({ value }) => String(value)), next];
};

describe('fetchedRecords', () => {
  test('leaves out what lies before the offset in the batch that holds it', () => {
    expect(textsFrom(11n, partition([batch(10n, ['a', 'b', 'c']), batch(20n, ['d'])]))).toEqual([['b', 'c', 'd'], 21n]);
  });

  test('reads nothing, and stays, where nothing came', () => {
    expect(textsFrom(7n, partition([]))).toEqual([[], 7n]);
    expect(textsFrom(7n, { ...partition([]), records: null })).toEqual([[], 7n]);
  });

  test('goes on behind what a compacted batch once held', () => {
    expect(textsFrom(0n, partition([batch(0n, ['a'], { lastOffsetDelta: 9 })]))).toEqual([['a'], 10n]);
  });

  test('walks over control records and aborted transactions', () => {
    const mine = { attributes: TRANSACTIONAL, producerId: 1n };
    const other = { attributes: TRANSACTIONAL, producerId: 2n };
    const records = [
      batch(0n, ['aborted'], mine),
      batch(1n, ['kept'], other),
      batch(2n, ['aborted too'], mine),
      marker(3n, 1n, ABORT),
      batch(4n, ['committed'], mine),
      marker(5n, 1n, COMMIT),
      batch(6n, ['aborted again'], mine),
      marker(7n, 1n, ABORT),
      marker(8n, 2n, COMMIT),
    ];
    const aborted = [
      { producerId: 1n, firstOffset: 6n },
      { producerId: 1n, firstOffset: 0n },
    ];
    expect(textsFrom(0n, partition(records, aborted))).toEqual([['kept', 'committed'], 9n]);
  });

  test('takes the time from the record, or from the log where the topic says so', () => {
    const times = (attributes: number): (number | undefined)[] =>
      fetchedRecords('t', 0n, partition([batch(0n, ['a', 'b'], { attributes })])).messages.map(({ timeMs }) => timeMs);
    expect(times(0)).toEqual([1_000, 1_001]);
    expect(times(1 << 3)).toEqual([9_000, 9_000]);
  });

  test('keeps names and bytes of headers, also a name twice and a value that is missing', () => {
    const one = batch(0n, ['a']);
    const headers: [Buffer | null, Buffer | null][] = [
      [Buffer.from('n'), Buffer.from('1')],
      [Buffer.from('n'), null],
    ];
    const [message] = fetchedRecords(
      't',
      0n,
      partition([{ ...one, records: one.records.map((it) => ({ ...it, headers })) }]),
    ).messages;
    expect(message).toMatchObject({ topic: 't', partition: 3, offset: 0n });
    expect(message?.headers.map(([name, value]) => [name, Buffer.from(value).toString()])).toEqual([
      ['n', '1'],
      ['n', ''],
    ]);
  });
});
