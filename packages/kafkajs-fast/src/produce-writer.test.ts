import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { crc32c } from './crc32c.js';
import { PartitionRecords } from './partition-records.js';
import { produceBody, type ProduceOptions } from './produce-request.js';
import { useFastProduceWriter } from './produce-writer.js';

const require = createRequire(import.meta.url);
const produce = require('kafkajs/src/protocol/requests/produce') as {
  protocol: (of: { version: number }) => (options: ProduceOptions) => {
    request: { apiVersion: number; encode: () => Promise<{ buffer: Buffer }> };
    response: unknown;
  };
};
const { protocol } = produce;

beforeAll(() => void jest.useFakeTimers({ now: 1_795_000_000_123 }));
afterAll(() => void jest.useRealTimers());

const texts = (of: string): string[] => [0, 1, 15, 63, 64, 65, 8_000, 9_000].map((length) => of.repeat(length));
/** Of lengths around those where a byte more is needed, in one, two, three and four bytes a character. */
const TEXTS = ['a', 'é', '주', '🙂'].flatMap(texts);
const MESSAGES = TEXTS.flatMap((value, index) => [
  { key: `key-${index}`, value, headers: {}, partition: 0 },
  { key: value, value: 'v', headers: { ce_id: value, [`${value.slice(0, 3_000)}x`]: 'é', empty: '' }, partition: 0 },
]);

const optionsOf = (messages: readonly object[]): ProduceOptions => ({
  acks: -1,
  timeout: 2_500,
  producerId: -1,
  producerEpoch: 0,
  topicData: [
    { topic: 'fäcts', partitions: [{ partition: 11, firstSequence: 0, messages }] },
    {
      topic: 'b',
      partitions: [
        { partition: 0, firstSequence: 0, messages: messages.slice(0, 1) },
        { partition: 70_000, firstSequence: 0, messages: messages.slice(1) },
      ],
    },
  ],
});

const kafkajsBody = async (options: ProduceOptions): Promise<Buffer> =>
  (await protocol({ version: 7 })(options).request.encode()).buffer;

test('what is written is what kafkajs writes, byte for byte', async () => {
  const many = Array.from({ length: 3_000 }, (_, index) => ({
    key: `${index}`,
    value: '{}',
    headers: { n: `${index}` },
  }));
  for (const messages of [MESSAGES, many, ...MESSAGES.map((message) => [message])]) {
    const options = optionsOf(messages);
    expect(produceBody(options)?.equals(await kafkajsBody(options))).toBe(true);
  }
});

test('records of a partition are written as the messages they hold', async () => {
  const options = optionsOf(MESSAGES);
  const partitions = (of: ProduceOptions['topicData'][number]) =>
    of.partitions.map((data) => ({
      ...data,
      messages: [new PartitionRecords(data.partition, data.messages as typeof MESSAGES)],
    }));
  const grouped = { ...options, topicData: options.topicData.map((of) => ({ ...of, partitions: partitions(of) })) };
  expect(produceBody(grouped)?.equals(await kafkajsBody(options))).toBe(true);
});

test('no other writer takes records of a partition for a message', async () => {
  const options = optionsOf([new PartitionRecords(0, MESSAGES)]);
  for (const version of [2, 3, 7]) {
    await expect(protocol({ version })(options).request.encode()).rejects.toThrow('only for the writer');
  }
  const compressed = { ...options, compression: 1 };
  await expect(produce.protocol({ version: 7 })(compressed).request.encode()).rejects.toThrow('only for the writer');
  expect(() => produceBody(optionsOf([...MESSAGES, new PartitionRecords(0, MESSAGES)]))).toThrow('only for the writer');
});

test.each([
  ['a value of bytes', { value: Buffer.from('v') }],
  ['no value', { value: null }],
  ['no key', { key: null }],
  ['no headers', { headers: undefined }],
  ['a header of bytes', { headers: { a: Buffer.from('v') } }],
  ['a header twice', { headers: { a: ['1', '2'] } }],
  ['a time of its own', { timestamp: '1' }],
])('a message with %s is left to kafkajs', (_, odd) => {
  expect(produceBody(optionsOf([...MESSAGES, { key: 'k', value: 'v', headers: {}, ...odd }]))).toBeUndefined();
});

test('what is compressed, transactional or idempotent is left to kafkajs', () => {
  expect(produceBody({ ...optionsOf(MESSAGES), compression: 1 })).toBeUndefined();
  expect(produceBody({ ...optionsOf(MESSAGES), transactionalId: 't' })).toBeUndefined();
  expect(produceBody({ ...optionsOf(MESSAGES), producerId: 7 })).toBeUndefined();
  expect(produceBody({ ...optionsOf(MESSAGES), producerId: '7' })).toBeUndefined();
});

test('the checksum is CRC-32C', () => {
  const numbers = Buffer.from('..123456789');
  expect(crc32c(numbers, 2, numbers.length)).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32), 0, 32)).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(0), 0, 0)).toBe(0);
});

test('messages that are all text go by the fast writer, the rest by that of kafkajs', async () => {
  expect(useFastProduceWriter()).toBe(true);
  expect(useFastProduceWriter()).toBe(true);
  const odd = [{ key: 'k', value: null, headers: {} }];
  for (const version of [3, 7]) {
    for (const messages of [MESSAGES, odd]) {
      const options = optionsOf(messages);
      const before = protocol({ version })(options);
      const { request, response } = produce.protocol({ version })(options);
      expect(request.apiVersion).toBe(version);
      expect(response).toBe(before.response);
      expect((await request.encode()).buffer.equals((await before.request.encode()).buffer)).toBe(true);
    }
  }
  expect(produce.protocol({ version: 2 })).toBe(protocol({ version: 2 }));
});
