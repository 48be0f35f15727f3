import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { stopIdleTimer, useFastProduceWriter } from '@outrider/kafkajs-fast';
import { createTopics, startInfra, until, type Infra } from '@outrider/testkit';
import { Kafka, logLevel } from 'kafkajs';
import { requestTimeoutMs } from '../relay/settings.js';
import { KafkaReader } from '../testing/kafka-reader.js';
import { publisherOn } from '../testing/kafka-publishers.js';
import { eventOf, openOutbox, TOPIC, type OutboxUnderTest } from '../testing/outbox-under-test.js';

stopIdleTimer();
useFastProduceWriter();

const STARTS_IN_MS = 120_000;
const LEASE_MS = 2_000;
const PARTITIONS = 12;
const COPIES = 3;
const KEYS = Array.from({ length: 200 }, (_, index) => `key-${index}`);
/** Events of each key that wait when the relay starts. */
const BACKLOG = 50;
/** Some of the backlog has gone out when the broker is stopped, most of it has not. */
const STOPPED_AFTER = 1_000;
/** Rounds of an event for each key that are written when the broker has gone. */
const AFTERWARDS = 3;

let outbox: OutboxUnderTest;
let infra: Infra;

beforeEach(async () => {
  outbox = await openOutbox();
  infra = await startInfra({ parts: ['kafka'], mode: 'embedded', durable: true, brokers: COPIES });
}, STARTS_IN_MS);
afterEach(async () => {
  await outbox.close();
  await infra.stop();
}, STARTS_IN_MS);

/** Partitions of the topic by who leads them, and the number of copies in sync of the one that has the fewest. */
async function leaders(): Promise<{ of: ReadonlyMap<number, number>; inSync: number }> {
  const kafka = new Kafka({ clientId: 'leaders', brokers: [...infra.brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata({ topics: [TOPIC] });
  await admin.disconnect();
  const partitions = topics[0]?.partitions ?? [];
  const of = new Map<number, number>();
  for (const { leader } of partitions) of.set(leader, (of.get(leader) ?? 0) + 1);
  return { of, inSync: Math.min(...partitions.map(({ isr }) => isr.length)) };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test(
  'one of three brokers that is stopped in the middle of a drain costs no event and turns none around',
  async () => {
    await createTopics(infra.brokers, [TOPIC], PARTITIONS, COPIES);
    const before = await leaders();
    expect([...before.of.keys()].sort()).toEqual([1, 2, 3]);
    let rounds = 0;
    /** One event more of each key, so many times. */
    const append = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time += 1) {
        await outbox.append(...KEYS.map((key) => eventOf(key, String(rounds))));
        rounds += 1;
      }
    };
    await append(BACKLOG);

    const stopped = infra.brokerPids[1] ?? -1;
    let published = 0;
    const failures = new Set<string>();
    outbox.relay({
      publisher: publisherOn('kafkajs', {
        brokers: infra.brokers,
        requestTimeoutMs: requestTimeoutMs(LEASE_MS),
      }),
      // small pages, so that many are sent while the broker hands its partitions over
      settings: { leaseMs: LEASE_MS, retryMaxMs: 500, keyMaxAttempts: 1, pageBytes: 30_000, partitionBytes: 10_000 },
      observer: {
        published: (events) => {
          if (published < STOPPED_AFTER && published + events >= STOPPED_AFTER) process.kill(stopped, 'SIGTERM');
          published += events;
        },
        sendFailed: (fault) => void failures.add(fault),
      },
    });
    await until(
      'the broker has gone',
      async () => {
        await append(1);
        return !isAlive(stopped);
      },
      STARTS_IN_MS,
    );
    await append(AFTERWARDS);
    await until('nothing waits', async () => (await outbox.pending()) === 0, STARTS_IN_MS);
    expect(await outbox.rows('SELECT 1 FROM outbox_key_state')).toEqual([]);
    // it was asked to take events while it handed its partitions over
    expect(failures).toContain('broker');
    expect(failures).not.toContain('event');
    const after = await leaders();
    expect({ leaders: [...after.of.keys()].sort(), inSync: after.inSync }).toEqual({ leaders: [1, 3], inSync: 2 });

    const reader = await KafkaReader.open(infra.brokers, TOPIC);
    await until('all have been read', () => reader.firsts().length >= KEYS.length * rounds);
    await reader.close();
    const values = new Map(KEYS.map((key) => [key, [] as string[]]));
    for (const { key, value } of reader.firsts()) values.get(key)?.push(value);
    const expected = Array.from({ length: rounds }, (_, round) => String(round));
    for (const key of KEYS) expect(values.get(key)).toEqual(expected);
  },
  STARTS_IN_MS,
);
