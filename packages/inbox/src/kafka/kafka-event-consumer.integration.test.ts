import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTopics, sharedInfra, until } from '@outrider/testkit';
import type { PoolClient } from 'pg';
import type { Inbox } from '../inbox.js';
import type { Subscription } from '../subscription.js';
import { CLIENTS, openKafkaLog, Wire, type KafkaLog } from '../testing/kafka-log.js';
import { Counts, fact, inboxOf, insertEffects, openShop, store, TOPIC, type Fact, type Shop } from '../testing/shop.js';

const PARTITIONS = 4;
const KEYS = 3;

describe.each(CLIENTS)('%s', (client) => {
  let shop: Shop;
  let log: KafkaLog;
  let members: Inbox<PoolClient>[];
  beforeEach(async () => {
    shop = await openShop();
    log = await openKafkaLog(client, PARTITIONS);
    members = [];
  });
  afterEach(async () => {
    await Promise.all(members.map((member) => member.stop()));
    await log.close();
    await shop.close();
  });

  type Handle = Subscription<Fact, PoolClient>['handle'];

  /** Another process of the consumer. */
  function member(handle: Handle, more: Parameters<typeof inboxOf>[3] & { wire?: Wire } = {}): Inbox<PoolClient> {
    const { wire, ...options } = more;
    const inbox = inboxOf(shop, log.consumer(wire), handle, options);
    members.push(inbox);
    return inbox;
  }

  /** Appends amounts `from`… to every partition, `count` each, under keys of that partition. */
  async function fill(from: number, count: number): Promise<void> {
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      await log.append(
        partition,
        Array.from({ length: count }, (_, n) => fact(`p${partition}-${(from + n) % KEYS}`, from + n)),
      );
    }
  }

  const handled = async (count: number): Promise<boolean> => (await shop.effects()).length >= count;

  /** Every amount below `count` of every partition once, and each key's in rising order. */
  async function expectAll(count: number): Promise<void> {
    const rows = await shop.rows<{ key: string; amounts: number[] }>(
      'SELECT key,array_agg(amount ORDER BY n) AS amounts FROM effect GROUP BY key ORDER BY key',
    );
    const expected = Array.from({ length: PARTITIONS }, (_, partition) =>
      Array.from({ length: KEYS }, (_, key) => ({
        key: `p${partition}-${key}`,
        amounts: Array.from({ length: count }, (_, n) => n).filter((n) => n % KEYS === key),
      })),
    ).flat();
    expect(rows).toEqual(expected);
    const ids = await shop.rows<{ all: number; different: number }>(
      'SELECT count(*)::int AS all,count(DISTINCT event_id)::int AS different FROM effect',
    );
    expect(ids).toEqual([{ all: PARTITIONS * count, different: PARTITIONS * count }]);
  }

  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

  describe('a member of the group', () => {
    test('handles thousands of messages in few transactions, and one message at once when there is one', async () => {
      const sizes: number[] = [];
      await fill(0, 1_500);
      await member(store, { observer: { batch: (_topic, messages) => void sizes.push(messages) } }).start();
      await until('all are handled', () => handled(PARTITIONS * 1_500));
      await expectAll(1_500);
      expect(sizes.length).toBeLessThan((PARTITIONS * 1_500) / 50);
      expect(Math.max(...sizes)).toBe(500);

      sizes.length = 0;
      await log.append(0, [fact('p0-0', 1_500)]);
      await until('the one is handled', () => handled(PARTITIONS * 1_500 + 1));
      expect(sizes).toEqual([1]);
    });

    test('keeps its partitions through a batch that takes longer than the session', async () => {
      await fill(0, 10);
      const assignments: number[] = [];
      let slow = true;
      const handle: Handle = async (tx, messages) => {
        await insertEffects(tx, messages);
        if (slow) await new Promise((resolve) => setTimeout(resolve, 8_000));
        slow = false;
      };
      await member(handle, {
        observer: { assigned: (partitions) => void assignments.push(partitions.length) },
      }).start();
      await until('all are handled', () => handled(PARTITIONS * 10));
      await fill(10, 10);
      await until('all are handled', () => handled(PARTITIONS * 20));
      await expectAll(20);
      expect(assignments).toEqual([PARTITIONS]);
    });

    test('commits its position to Kafka for lag tools', async () => {
      await fill(0, 10);
      await member(store).start();
      const admin = log.kafka.admin();
      await admin.connect();
      try {
        await until('the positions are at Kafka', async () => {
          const [topic] = await admin.fetchOffsets({ groupId: `${log.prefix}reader`, topics: [log.prefix + TOPIC] });
          return topic?.partitions.every(({ offset }) => offset === '10') ?? false;
        });
      } finally {
        await admin.disconnect();
      }
    });

    test('reads on from the stored position, whatever was committed to Kafka', async () => {
      await fill(0, 20);
      const first = member(store);
      await first.start();
      await until('all are handled', () => handled(PARTITIONS * 20));
      await first.stop();
      // restored from a state in which the last ten of each partition are unknown
      await shop.rows('DELETE FROM inbox_event WHERE event_id IN (SELECT event_id FROM effect WHERE amount>=10)');
      await shop.rows('DELETE FROM effect WHERE amount>=10');
      await shop.rows('UPDATE inbox_offset SET next_offset=10');

      const counts = new Counts();
      await member(store, { observer: counts.observer }).start();
      await until('what was lost is there again', () => handled(PARTITIONS * 20));
      await expectAll(20);
      expect(counts.handled).toEqual({ handled: PARTITIONS * 10 });
    });

    test('goes on at the beginning of the log, with an alert, when the log does not reach back to its position', async () => {
      await fill(0, 20);
      const admin = log.kafka.admin();
      await admin.connect();
      // kafkajs deletes only in topics whose metadata it has loaded
      await admin.fetchTopicOffsets(log.prefix + TOPIC);
      await admin.deleteTopicRecords({
        topic: log.prefix + TOPIC,
        partitions: Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, offset: '15' })),
      });
      await admin.disconnect();
      await shop.rows(`INSERT INTO inbox_offset SELECT 'test.reader',$1,p,5 FROM generate_series(0,3) p`, [TOPIC]);
      const counts = new Counts();
      await member(store, { observer: counts.observer }).start();
      await until('the rest is handled', () => handled(PARTITIONS * 5));
      expect(new Set(await shop.effects())).toEqual(new Set([15, 16, 17, 18, 19]));
      expect(counts.breaks).toEqual(Array(PARTITIONS).fill('gap'));
    });

    test('reads nothing before it knows from where: a database that is away at the assignment is waited for', async () => {
      await fill(0, 10);
      let away = 5;
      const pool: Parameters<typeof inboxOf>[3] = {
        pool: {
          query: (text, values) => {
            if (/inbox_offset/.test(text) && (away -= 1) > 0) {
              return Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }));
            }
            return shop.pool.query(text, values as unknown[]);
          },
        },
      };
      await member(store, pool).start();
      await until('all are handled', () => handled(PARTITIONS * 10));
      await expectAll(10);
    });

    test('waits out a transient failure of one partition while the others go on', async () => {
      await fill(0, 30);
      let failing = true;
      const handle: Handle = async (tx, messages) => {
        await insertEffects(tx, messages);
        if (failing && messages.some(({ key }) => key.startsWith('p1-'))) {
          throw Object.assign(new Error('deadlock'), { code: '40P01' });
        }
      };
      const counts = new Counts();
      await member(handle, { observer: counts.observer }).start();
      await until('the others are handled', () => handled((PARTITIONS - 1) * 30));
      await until('it failed a few times', () => counts.retried.length > 10);
      failing = false;
      await until('all are handled', () => handled(PARTITIONS * 30));
      await expectAll(30);
      expect(await shop.rows('SELECT 1 FROM inbox_key_state')).toEqual([]);
    });

    test('whose connections are cut in the middle of a batch goes on by itself', async () => {
      await fill(0, 300);
      const wire = new Wire();
      let batches = 0;
      const handle: Handle = async (tx, messages) => {
        batches += 1;
        if (batches % 7 === 3) wire.cut();
        await insertEffects(tx, messages);
      };
      await member(handle, { wire, settings: { maxBatch: 20 } }).start();
      await until('all are handled', () => handled(PARTITIONS * 300));
      await expectAll(300);
    });

    test('started while neither the broker nor the topic is there waits for both', async () => {
      const wire = new Wire();
      wire.kill();
      const later = log.consumer(wire, { topicPrefix: `${log.prefix}later.`, groupId: `${log.prefix}later` });
      const counts = new Counts();
      const inbox = inboxOf(shop, later, store, { observer: counts.observer });
      members.push(inbox);
      await inbox.start();
      await until('it was tried', () => counts.restarted.length > 0);
      wire.revive();
      await new Promise((resolve) => setTimeout(resolve, 500));
      const { brokers } = await sharedInfra();
      await createTopics(brokers, [`${log.prefix}later.${TOPIC}`], 1);
      await log.append(0, [fact('k', 7)], `${log.prefix}later.`);
      await until('the message is handled', () => handled(1));
      expect(await shop.effects()).toEqual([7]);
    });

    test('leaves nothing behind when it is stopped: no timer, no connection', async () => {
      await fill(0, 10);
      const before = timers();
      const wire = new Wire();
      const inbox = member(store, { wire });
      await inbox.start();
      await until('all are handled', () => handled(PARTITIONS * 10));
      await Promise.all([inbox.stop(), inbox.stop()]);
      expect(timers()).toBeLessThanOrEqual(before);
      await until('its connections are closed', () => wire.open === 0);
    });

    test('stopped while it joins leaves the group and no connection', async () => {
      const wires = Array.from({ length: 6 }, () => new Wire());
      for (const [index, wire] of wires.entries()) {
        const inbox = member(store, { wire });
        await inbox.start();
        await new Promise((resolve) => setTimeout(resolve, index * 8));
        await inbox.stop();
      }
      await until('all connections are closed', () => wires.every((wire) => wire.open === 0));
      // a member that was left behind would hold the partitions until its session ends
      await fill(0, 5);
      await member(store).start();
      await until('all are handled', () => handled(PARTITIONS * 5));
      await expectAll(5);
    });
  });

  describe('a rebalance in the middle of a batch', () => {
    /** A handler that stops in its first batch until it is let go. */
    function holding(): { handle: Handle; reached: Promise<void>; release: () => void } {
      let inside: () => void = () => undefined;
      let release: () => void = () => undefined;
      const reached = new Promise<void>((resolve) => (inside = resolve));
      const held = new Promise<void>((resolve) => (release = resolve));
      const handle: Handle = async (tx, messages) => {
        await insertEffects(tx, messages);
        inside();
        await held;
      };
      return { handle, reached, release: () => release() };
    }

    test('a second member joins: none lost, none doubled, order kept; both then have work', async () => {
      await fill(0, 400);
      const { handle, reached, release } = holding();
      const one = new Counts();
      const two = new Counts();
      await member(handle, { observer: one.observer, settings: { maxBatch: 25 } }).start();
      await reached;
      await member(store, { observer: two.observer, settings: { maxBatch: 25 } }).start();
      // the first is asked to give up partitions while it has a batch in hand
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      release();
      await until('both hold partitions', () => one.assigned === 2 && two.assigned === 2);
      await fill(400, 400);
      await until('all are handled', () => handled(PARTITIONS * 800));
      await expectAll(800);
      expect(two.handled['handled']).toBeGreaterThan(0);
    });

    test('a member that is to give up its partitions begins no other batch that it had fetched', async () => {
      await fill(0, 50);
      const { handle, reached, release } = holding();
      const begun: string[] = [];
      const one = new Counts();
      const first = inboxOf(
        shop,
        log.consumer(new Wire(), { partitionsConsumedConcurrently: 1 }),
        async (tx, messages, seen) => {
          begun.push(`batch in assignment of ${one.assigned}`);
          await handle(tx, messages, seen);
        },
        { observer: one.observer },
      );
      members.push(first);
      await first.start();
      await reached;
      await member(store).start();
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      release();
      await until('all are handled', () => handled(PARTITIONS * 50));
      await expectAll(50);
      expect(begun.filter((batch) => batch === 'batch in assignment of 4')).toHaveLength(1);
    });

    test('a member leaves cleanly: the other goes on at once', async () => {
      await fill(0, 200);
      const one = new Counts();
      const two = new Counts();
      const slowly: Handle = async (tx, messages) => {
        await insertEffects(tx, messages);
        await new Promise((resolve) => setTimeout(resolve, 20));
      };
      const leaving = member(slowly, { observer: one.observer, settings: { maxBatch: 10 } });
      await leaving.start();
      await member(slowly, { observer: two.observer, settings: { maxBatch: 10 } }).start();
      await until('both hold partitions', () => one.assigned === 2 && two.assigned === 2);
      await fill(200, 200);
      await leaving.stop();
      await until('all are handled', () => handled(PARTITIONS * 400));
      await expectAll(400);
    });

    test('a member is killed during a batch: the other takes over after its session', async () => {
      await fill(0, 200);
      const wire = new Wire();
      const { handle, reached, release } = holding();
      const one = new Counts();
      const two = new Counts();
      let killed = false;
      await member(handle, {
        wire,
        observer: one.observer,
        settings: { maxBatch: 25 },
        transaction: async (work) => {
          const client = await shop.pool.connect();
          try {
            await client.query('BEGIN');
            const result = await work(client);
            if (killed) throw Object.assign(new Error('killed'), { code: 'ECONNRESET' });
            await client.query('COMMIT');
            return result;
          } finally {
            client.release(true);
          }
        },
      }).start();
      await reached;
      await member(store, { observer: two.observer, settings: { maxBatch: 25 } }).start();
      await new Promise((resolve) => setTimeout(resolve, 300));
      killed = true;
      wire.kill();
      release();
      await until('the other holds everything', () => two.assigned === PARTITIONS);
      await fill(200, 50);
      await until('all are handled', () => handled(PARTITIONS * 250));
      await expectAll(250);
    });

    test('members come and go all the time while messages arrive: none lost, none doubled, order kept', async () => {
      const state = { going: true };
      const slowly: Handle = async (tx, messages) => {
        await insertEffects(tx, messages);
        await new Promise((resolve) => setTimeout(resolve, 5));
      };
      const filling = (async () => {
        for (let n = 0; n < 20; n += 1) {
          await fill(n * 50, 50);
          await new Promise((resolve) => setTimeout(resolve, 150));
        }
        state.going = false;
      })();
      await member(slowly, { settings: { maxBatch: 10 } }).start();
      while (state.going) {
        const other = member(slowly, { settings: { maxBatch: 10 } });
        await other.start();
        await new Promise((resolve) => setTimeout(resolve, 700));
        await other.stop();
      }
      await filling;
      await until('all are handled', () => handled(PARTITIONS * 1_000));
      await expectAll(1_000);
    });
  });
});
