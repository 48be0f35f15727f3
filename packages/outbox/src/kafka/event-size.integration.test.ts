import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { stopIdleTimer } from '@outrider/kafkajs-fast';
import { createTopics, deleteTopics, freshTopicPrefix, sharedInfra, until } from '@outrider/testkit';
import { appendEvents } from '../append-events.js';
import { eventBytes } from '../event-bytes.js';
import type { OutboxEvent } from '../ports.js';
import { readLag } from '../statements/read-lag.js';
import { KafkaReader } from '../testing/kafka-reader.js';
import { eventOf, openOutbox, TOPIC, type OutboxUnderTest } from '../testing/outbox-under-test.js';
import { CLIENTS, publisherOn, type Client } from '../testing/kafka-publishers.js';

stopIdleTimer();

const LARGEST = 1_000_000;
/** message.max.bytes of a broker that nobody has set up otherwise. */
const BROKER_TAKES = 1_048_588;

let outbox: OutboxUnderTest;
let prefix: string;
let brokers: string[];
beforeEach(async () => {
  outbox = await openOutbox();
  prefix = freshTopicPrefix();
  brokers = [...(await sharedInfra()).brokers];
  await createTopics(brokers, [prefix + TOPIC], 1);
});
afterEach(async () => {
  await outbox.close();
  await deleteTopics(brokers, [prefix + TOPIC]);
});

const start = (client: Client): unknown =>
  outbox.relay({
    publisher: publisherOn(client, { brokers, topicPrefix: prefix }),
    settings: { keyMaxAttempts: 1 },
  });

type Grown = Pick<OutboxEvent, 'key' | 'payload' | 'headers'>;

/** The same event with what `grow` makes of a length, as long as it may be in all. */
function sized(bytes: number, grow: (length: number) => Grown): OutboxEvent {
  let [low, high] = [0, bytes];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (eventBytes(grow(middle)) <= bytes) low = middle;
    else high = middle - 1;
  }
  return eventOf('', '', { headers: {}, ...grow(low) });
}

const CASES: readonly [string, (length: number) => Grown][] = [
  ['its payload', (length) => ({ key: 'payload', payload: 'x'.repeat(length) })],
  [
    'characters of three bytes',
    (length) => ({ key: 'characters', payload: `${'가'.repeat(Math.floor(length / 3))}${'x'.repeat(length % 3)}` }),
  ],
  [
    'its headers',
    (length) => ({ key: 'headers', payload: 'x'.repeat(600_000), headers: { ce_type: 'A', note: '"'.repeat(length) } }),
  ],
  [
    'many headers',
    (length) => ({
      key: 'many',
      payload: 'x'.repeat(length),
      headers: Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`name-${n}`, 'value'])),
    }),
  ],
];

describe.each(CLIENTS)('%s', (client) => {
  test.each(CASES)(
    'F11 the largest event that is accepted is delivered, one byte more is refused: %s',
    async (_, grow) => {
      const largest = sized(LARGEST, grow);
      expect(eventBytes(largest)).toBe(LARGEST);
      const more = { ...largest, eventId: eventOf('', '').eventId, payload: `${largest.payload}x` };
      await expect(appendEvents(outbox.pool, [more])).rejects.toMatchObject({
        code: 'OUTBOX_EVENT_TOO_LARGE',
        message: expect.stringContaining('with its key and headers, more than 1000000') as unknown as string,
      });
      expect(await outbox.pending()).toBe(0);
      start(client);
      await outbox.append(largest, eventOf(largest.key, 'behind it'));
      await until('nothing waits', async () => (await outbox.pending()) === 0);
      expect(await readLag(outbox.pool)).toMatchObject({ deadEvents: 0, retryingKeys: 0 });
      const reader = await KafkaReader.open(brokers, prefix + TOPIC);
      await until('both have been read', () => reader.firsts().length >= 2);
      await reader.close();
      expect(reader.firsts().map(({ value }) => value)).toEqual([largest.payload, 'behind it']);
    },
  );

  test('bytes are counted as the broker counts them', async () => {
    start(client);
    const grow = (length: number): Grown => ({ key: 'fits', payload: 'x'.repeat(length), headers: { a: 'ü' } });
    const fits = sized(BROKER_TAKES, grow);
    const not = { ...eventOf('not', `${fits.payload}x`), headers: { a: 'ü' }, key: 'nots' };
    expect([eventBytes(fits), eventBytes(not)]).toEqual([BROKER_TAKES, BROKER_TAKES + 1]);
    await appendEvents(outbox.pool, [fits, not], { maxEventBytes: BROKER_TAKES + 1 });
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    expect(await outbox.rows('SELECT msg_key FROM outbox_key_state')).toEqual([{ msg_key: 'nots' }]);
  });

  test('many events whose headers are larger than they look go out by as many requests as it takes', async () => {
    const failures: string[] = [];
    outbox.relay({
      publisher: publisherOn(client, { brokers, topicPrefix: prefix }),
      settings: { keyMaxAttempts: 1 },
      observer: { sendFailed: (fault, reason) => void failures.push(`${fault} ${reason}`) },
    });
    const headers = { note: '가'.repeat(60_000) };
    await outbox.append(...Array.from({ length: 12 }, (_, n) => eventOf('a', String(n), { headers })));
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    expect(failures.filter((failure) => failure.startsWith('event'))).toEqual([]);
  });

  test('a header that has no bytes to be sent as is refused', async () => {
    const broken = eventOf('a', '1', { headers: { note: 'half \ud800' } });
    await expect(appendEvents(outbox.pool, [broken])).rejects.toMatchObject({ code: 'OUTBOX_EVENT_INVALID' });
  });
});
