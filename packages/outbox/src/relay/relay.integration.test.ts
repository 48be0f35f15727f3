import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import { appendEvents } from '../append-events.js';
import { PublishError } from '../event-publisher.js';
import { OutboxNotifier } from '../outbox-notifier.js';
import { partitionOf } from '../partition-of.js';
import { shardOf } from '../shard-of.js';
import { readLag } from '../statements/read-lag.js';
import { brokerAway, MemoryPublisher, refusing } from '../testing/memory-publisher.js';
import { outboxDatabase } from '../postgres/pool-database.js';
import { eventOf, openOutbox, silent, type OutboxUnderTest } from '../testing/outbox-under-test.js';

let outbox: OutboxUnderTest;
beforeEach(async () => {
  outbox = await openOutbox();
});
afterEach(async () => {
  await outbox.close();
});

const keys = (count: number): string[] => Array.from({ length: count }, (_, index) => `key-${index}`);

describe('a relay', () => {
  test('publishes events as they were appended, and deletes their pointers', async () => {
    const publisher = new MemoryPublisher();
    outbox.relay({ publisher });
    const event = eventOf('주문-1', 'Ünïcode "payload" \\ {1,2}', { headers: { ce_id: 'x', traceparent: '00-ab' } });
    await outbox.append(event);
    await until('nothing waits', async () => (await outbox.pending()) === 0 && publisher.arrived.length > 0);
    expect(publisher.arrived).toHaveLength(1);
    expect(publisher.arrived[0]).toMatchObject({
      eventId: event.eventId,
      key: event.key,
      topic: event.topic,
      payload: event.payload,
      headers: JSON.stringify(event.headers),
    });
    expect(await outbox.rows('SELECT status,locked_by FROM outbox_status')).toEqual([
      { status: 'PUBLISHED', locked_by: null },
    ]);
  });

  test('keeps the order of each key over many pages', async () => {
    const publisher = new MemoryPublisher();
    for (let round = 0; round < 10; round += 1) {
      await outbox.append(...keys(70).flatMap((key) => [`${round}a`, `${round}b`].map((text) => eventOf(key, text))));
    }
    outbox.relay({ publisher, settings: { pageEvents: 200 } });
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    const expected = Array.from({ length: 10 }, (_, round) => [`${round}a`, `${round}b`]).flat();
    for (const key of keys(70)) expect(publisher.of(key)).toEqual(expected);
    expect(publisher.arrived).toHaveLength(1_400);
  });

  test('large events make short pages and small requests', async () => {
    const sizes: number[] = [];
    const publisher = new MemoryPublisher((events) => {
      sizes.push(events.reduce((sum, { payload }) => sum + payload.length, 0));
    });
    await outbox.append(...Array.from({ length: 30 }, (_, index) => eventOf('one', String(index).padEnd(100_000))));
    outbox.relay({ publisher, settings: { pageBytes: 1_000_000, partitionBytes: 450_000 } });
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(450_000);
    expect(publisher.of('one').map(Number)).toEqual(Array.from({ length: 30 }, (_, index) => index));
  });

  test('a pointer without its event is reported and does not stop the others', async () => {
    let orphans = 0;
    const publisher = new MemoryPublisher();
    await outbox.rows(`INSERT INTO outbox_pending VALUES (1,0,uuidv7())`);
    outbox.relay({ publisher, observer: { orphaned: (pointers) => void (orphans = pointers) } });
    await outbox.append(eventOf('a', '1'));
    await until('the event is out', () => publisher.arrived.length === 1);
    await until('the orphan is reported', () => orphans === 1);
  });
});

describe('F04', () => {
  test('an event that is sent again keeps its id', async () => {
    let failures = 2;
    const publisher = new MemoryPublisher();
    // arrived, and then the answer is lost
    publisher.weather = (events) => {
      if (failures > 0) {
        failures -= 1;
        publisher.arrived.push(...events);
        throw brokerAway();
      }
    };
    outbox.relay({ publisher });
    const event = eventOf('a', '1');
    await outbox.append(event);
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    expect(publisher.arrived.map(({ eventId }) => eventId)).toEqual([event.eventId, event.eventId, event.eventId]);
  });
});

describe('F05', () => {
  test('what is rolled back is never sent; what is committed with it is', async () => {
    const publisher = new MemoryPublisher();
    outbox.relay({ publisher });
    await outbox.rows('CREATE TABLE thing (name text)');
    for (let round = 0; round < 20; round += 1) {
      await outboxDatabase(outbox.pool)
        .transaction(async (tx) => {
          await tx.query('INSERT INTO thing VALUES ($1)', [`${round}`]);
          await appendEvents(tx, [eventOf('a', `${round}`)]);
          if (round % 2 === 1) throw new Error('dies here');
        })
        .catch(() => undefined);
    }
    await outbox.append(eventOf('a', 'last'));
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    const things = await outbox.rows<{ name: string }>('SELECT name FROM thing');
    expect(publisher.of('a')).toEqual([...things.map(({ name }) => name), 'last']);
    expect(things).toHaveLength(10);
  });
});

describe('F08', () => {
  test.each([
    ['from the beginning', false],
    ['from safe floors', true],
  ])('read %s, a transaction that commits late with lower ids is neither lost nor waited for', async (_, safeFloor) => {
    const publisher = new MemoryPublisher();
    outbox.relay({ publisher, settings: { safeFloor, leaseMs: 600 } });
    // all in the slow one's shard, where a cursor would have gone past it
    const quick = keys(5_000)
      .filter((key) => shardOf(key) === shardOf('slow'))
      .slice(0, 20);
    const slow = await outbox.pool.connect();
    await slow.query('BEGIN');
    await appendEvents(slow, [eventOf('slow', '1'), eventOf('slow', '2')]);
    await outbox.append(...quick.map((key) => eventOf(key, 'quick')));
    await until('the quick ones are out', () => publisher.arrived.length === 20);
    // and floors have had their chance to rise too far
    for (let round = 0; round < 5; round += 1) {
      await outbox.append(eventOf(quick[0] ?? '', 'again'));
      await until('it is out', async () => (await outbox.pending()) === 0);
    }
    await slow.query('COMMIT');
    slow.release();
    await outbox.append(eventOf('slow', '3'));
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    expect(publisher.of('slow')).toEqual(['1', '2', '3']);
  });
});

describe('F09', () => {
  test('gaps that rollbacks leave are not waited for', async () => {
    const publisher = new MemoryPublisher();
    outbox.relay({ publisher });
    await outboxDatabase(outbox.pool)
      .transaction(async (tx) => {
        await appendEvents(tx, [eventOf('a', 'never')]);
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    await outbox.append(eventOf('a', '1'));
    await until('the event after the gap is out', () => publisher.of('a').length === 1);
    const [{ ids }] = (await outbox.rows<{ ids: string[] }>('SELECT array_agg(id::text) AS ids FROM outbox_event')) as [
      { ids: string[] },
    ];
    expect(ids).toEqual(['2']);
  });
});

describe('F12', () => {
  test('while the broker is away nothing is counted against an event; then the backlog is sent in order', async () => {
    let away = true;
    const reasons = new Set<string>();
    const publisher = new MemoryPublisher(() => {
      if (away) throw brokerAway();
    });
    const relay = outbox.relay({
      publisher,
      settings: { leaseMs: 600 },
      observer: { sendFailed: (fault, reason) => void reasons.add(`${fault} ${reason}`) },
    });
    for (const text of ['1', '2', '3']) await outbox.append(...keys(30).map((key) => eventOf(key, text)));
    await until('it has been tried often, over several leases', () => publisher.requests > 30);
    expect(await outbox.rows('SELECT 1 FROM outbox_key_state')).toEqual([]);
    expect(await outbox.rows('SELECT DISTINCT owner FROM outbox_lease')).toEqual([{ owner: relay.owner }]);
    expect(publisher.arrived).toEqual([]);
    away = false;
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    for (const key of keys(30)) expect(publisher.of(key)).toEqual(['1', '2', '3']);
    expect(await readLag(outbox.pool)).toEqual({
      oldestAge: 0,
      oldestPending: null,
      pending: 0,
      deadEvents: 0,
      deadKeys: 0,
      retryingKeys: 0,
    });
    expect([...reasons]).toEqual(['broker KafkaJSConnectionError']);
  });

  test('what is unclear before and after an outage does not count as unclear throughout', async () => {
    type State = 'unclear' | 'away' | 'well';
    let state: State = 'unclear';
    const tried: Record<State, number> = { unclear: 0, away: 0, well: 0 };
    const publisher = new MemoryPublisher(() => {
      tried[state] += 1;
      if (state === 'away') throw brokerAway();
      if (state === 'unclear') throw new PublishError('unclear', 'UNKNOWN_TOPIC_OR_PARTITION', { cause: 'not yet' });
    });
    const unclearFaultMs = 2_000;
    outbox.relay({ publisher, settings: { unclearFaultMs, keyMaxAttempts: 1 } });
    await outbox.append(eventOf('a', '1'));
    await until('it has been unclear', () => tried.unclear > 1);
    state = 'away';
    const awayMs = performance.now();
    await until('it has been away for longer than patience', () => performance.now() - awayMs > unclearFaultMs * 1.2);
    const before = tried.unclear;
    state = 'unclear';
    await until('it has been unclear again', () => tried.unclear > before + 1);
    state = 'well';
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    expect(publisher.of('a')).toEqual(['1']);
  });

  test('after a partial failure only what was not acknowledged is sent again', async () => {
    // One partition does not answer; what goes to the others arrives all the same, as on a real broker.
    const sick = partitionOf('key-0', 4);
    const publisher = new MemoryPublisher();
    publisher.lacks(sick);
    await outbox.append(...keys(40).map((key) => eventOf(key, '1')));
    outbox.relay({ publisher });
    await until('the sick partition has been tried often', () => publisher.requests > 30);
    const times = (key: string): number => publisher.arrived.filter((event) => event.key === key).length;
    for (const key of keys(40)) {
      if (partitionOf(key, 4) === sick) expect(times(key)).toBe(0);
      else {
        // with the batch that failed, and once more by itself
        expect(times(key)).toBeGreaterThan(0);
        expect(times(key)).toBeLessThanOrEqual(2);
      }
    }
    publisher.weather = () => {};
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    for (const key of keys(40)) expect(publisher.of(key)).toEqual(['1']);
  });
});

describe('F13', () => {
  test('a poison key is parked with what follows it, others are sent, and it is sent in order afterwards', async () => {
    const poison = new Set(['bad']);
    const publisher = new MemoryPublisher(refusing(poison));
    outbox.relay({
      publisher,
      settings: { keyRetryFirstMs: 300, keyRetryFactor: 1, leaseMs: 300, keyMaxAttempts: 100 },
    });
    const texts = ['1', '2', 'bad', '4'];
    await outbox.append(...texts.flatMap((text) => [eventOf('sick', text), eventOf('well', text.replace('bad', '3'))]));
    await until('the well key is out', () => publisher.of('well').length === 4);
    await until('the sick key is parked', async () => (await readLag(outbox.pool)).retryingKeys === 1);
    expect(publisher.of('sick')).toEqual(['1', '2']);
    await outbox.append(eventOf('sick', '5'), eventOf('well', '5'));
    await until('newer ones of the well key flow', () => publisher.of('well').length === 5);
    await until('what follows joins its key', async () => (await outbox.pending()) === 0);
    poison.clear();
    await until('the sick key is out', () => publisher.of('sick').length === 5);
    expect(publisher.of('sick')).toEqual(['1', '2', 'bad', '4', '5']);
    await until(
      'nothing is left of it',
      async () => (await outbox.rows('SELECT 1 FROM outbox_key_state')).length === 0,
    );
    expect(await outbox.rows('SELECT 1 FROM outbox_parked')).toEqual([]);
  });

  test('after the first refusal nothing more of the key is sent, to no topic', async () => {
    const poison = new Set(['bad']);
    const publisher = new MemoryPublisher(refusing(poison));
    outbox.relay({
      publisher,
      settings: { keyRetryFirstMs: 200, keyRetryFactor: 1, leaseMs: 300, keyMaxAttempts: 100 },
    });
    await outbox.append(
      eventOf('sick', 'bad'),
      ...['x', 'y', 'z'].map((topic) => eventOf('sick', topic, { topic })),
      eventOf('well', '1', { topic: 'z' }),
    );
    await until('the well key is out', () => publisher.of('well').length === 1);
    await until('the sick key is parked', async () => (await outbox.pending()) === 0);
    expect(publisher.of('sick')).toEqual([]);
    poison.clear();
    await until('the sick key is out', () => publisher.of('sick').length === 4);
    expect(publisher.of('sick')).toEqual(['bad', 'x', 'y', 'z']);
  });

  test('after its last attempt a key is a dead letter, with the reason', async () => {
    const publisher = new MemoryPublisher(refusing(new Set(['bad'])));
    const parked: boolean[] = [];
    outbox.relay({
      publisher,
      settings: { keyRetryFirstMs: 1, keyRetryFactor: 1, keyMaxAttempts: 3, leaseMs: 150 },
      observer: { parked: (dead) => void parked.push(dead) },
    });
    await outbox.append(eventOf('sick', 'bad'), eventOf('sick', '2'));
    await until('it is a dead letter', async () => (await readLag(outbox.pool)).deadKeys === 1);
    expect(parked).toEqual([false, false, true]);
    expect(await readLag(outbox.pool)).toMatchObject({ deadEvents: 2, retryingKeys: 0, pending: 0 });
    expect(await outbox.rows('SELECT status,attempt_count FROM outbox_status ORDER BY id')).toEqual([
      { status: 'PARKED', attempt_count: 3 },
      { status: 'PARKED', attempt_count: 3 },
    ]);
    expect(await outbox.rows('SELECT last_error FROM outbox_key_state')).toEqual([
      { last_error: 'Error: refused: bad' },
    ]);
    expect(publisher.arrived).toEqual([]);
  });
});

describe('OutboxNotifier', () => {
  test('notifies relays soon, and once for many commits', async () => {
    const publisher = new MemoryPublisher();
    outbox.relay({ publisher, settings: { leaseMs: 60_000, pollMs: 60_000 } });
    await until('it holds all shards', async () => {
      const [row] = await outbox.rows<{ n: number }>('SELECT count(owner)::int AS n FROM outbox_lease');
      return row?.n === 64;
    });
    let notifies = 0;
    const notifier = new OutboxNotifier(
      {
        query: async (text, values) => {
          notifies += 1;
          return outbox.pool.query(text, values as unknown[]);
        },
      },
      silent,
    );
    await outboxDatabase(outbox.pool).transaction((tx) => appendEvents(tx, [eventOf('a', '1')]));
    for (let count = 0; count < 100; count += 1) notifier.committed();
    await until('it is out', () => publisher.arrived.length === 1);
    await notifier.close();
    expect(notifies).toBeLessThanOrEqual(2);
  });
});
