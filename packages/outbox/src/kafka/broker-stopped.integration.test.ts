import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { stopIdleTimer } from '@outrider/kafkajs-fast';
import { createTopics, startInfra, until, type Infra } from '@outrider/testkit';
import { requestTimeoutMs } from '../relay/settings.js';
import { readLag } from '../statements/read-lag.js';
import { KafkaReader } from '../testing/kafka-reader.js';
import { eventOf, openOutbox, TOPIC, type OutboxUnderTest } from '../testing/outbox-under-test.js';
import { CLIENTS, publisherOn } from '../testing/kafka-publishers.js';

stopIdleTimer();

const STARTS_IN_MS = 120_000;
const LEASE_MS = 2_000;
/** Six leases; a budget below is two attempts, burnt in the first seconds. */
const AWAY_MS = 12_000;
const KEYS = Array.from({ length: 40 }, (_, index) => `key-${index}`);

let outbox: OutboxUnderTest;
let infra: Infra;
let again: ChildProcess | undefined;

beforeEach(async () => {
  outbox = await openOutbox();
  infra = await startInfra({ parts: ['kafka'], mode: 'embedded', durable: false });
}, STARTS_IN_MS);
afterEach(async () => {
  await outbox.close();
  again?.kill('SIGKILL');
  await infra.stop();
}, STARTS_IN_MS);

/** Ends the broker at once. @returns what starts it again where it was, on what it had written */
async function killBroker(): Promise<() => ChildProcess> {
  const pid = infra.pids.kafka ?? -1;
  const [command = '', ...args] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
  process.kill(pid, 'SIGKILL');
  return () => spawn(command, args, { stdio: 'ignore' });
}

describe.each(CLIENTS)('%s', (client) => {
  test(
    'F12 a broker that is stopped for long costs no attempt and leaves no dead letter; the backlog goes out in order',
    async () => {
      await createTopics(infra.brokers, [TOPIC], 6);
      const failures = new Map<string, number>();
      const relay = outbox.relay({
        publisher: publisherOn(client, { brokers: infra.brokers, requestTimeoutMs: requestTimeoutMs(LEASE_MS) }),
        settings: { leaseMs: LEASE_MS, retryMaxMs: 500, keyMaxAttempts: 2, keyRetryFirstMs: 1, keyRetryFactor: 1 },
        observer: { sendFailed: (fault, reason) => void failures.set(`${fault} ${reason}`, Date.now()) },
      });
      let rounds = 0;
      const append = async (): Promise<void> => {
        await outbox.append(...KEYS.map((key) => eventOf(key, String(rounds))));
        rounds += 1;
      };
      await append();
      await until('the first are out', async () => (await outbox.pending()) === 0);

      const restart = await killBroker();
      const awayMs = performance.now();
      await until('it has been away for long', async () => {
        await append();
        // neither a key that failed nor a shard that was let go, at any time
        expect(await outbox.rows('SELECT 1 FROM outbox_key_state')).toEqual([]);
        expect(await outbox.rows('SELECT DISTINCT owner FROM outbox_lease')).toEqual([{ owner: relay.owner }]);
        return performance.now() - awayMs > AWAY_MS;
      });
      expect(await outbox.pending()).toBe(KEYS.length * (rounds - 1));
      again = restart();
      await until(
        'nothing waits',
        async () => {
          expect(await outbox.rows('SELECT 1 FROM outbox_key_state')).toEqual([]);
          return (await outbox.pending()) === 0;
        },
        STARTS_IN_MS,
      );
      expect(await readLag(outbox.pool)).toMatchObject({ deadEvents: 0, deadKeys: 0, retryingKeys: 0 });
      expect(failures.size).toBeGreaterThan(0);
      expect([...failures.keys()].filter((failure) => failure.startsWith('event'))).toEqual([]);

      const reader = await KafkaReader.open(infra.brokers, TOPIC);
      await until('all have been read', () => reader.firsts().length >= KEYS.length * rounds);
      await reader.close();
      const expected = Array.from({ length: rounds }, (_, round) => String(round));
      for (const key of KEYS) {
        expect(reader.firsts().flatMap((message) => (message.key === key ? [message.value] : []))).toEqual(expected);
      }
    },
    STARTS_IN_MS + AWAY_MS,
  );
});
