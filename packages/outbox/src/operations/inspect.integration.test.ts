import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { appendEvents } from '../append-events.js';
import { partitionOf } from '../partition-of.js';
import { shardOf } from '../shard-of.js';
import { readLag } from '../statements/read-lag.js';
import { listRelays } from '../statements/read-relays.js';
import { listShards } from '../statements/read-shards.js';
import { MemoryPublisher, refusing } from '../testing/memory-publisher.js';
import { outboxDatabase } from '../postgres/pool-database.js';
import { eventOf, openOutbox, until, uuid, type OutboxUnderTest } from '../testing/outbox-under-test.js';
import { traceEvent } from './trace-event.js';

let outbox: OutboxUnderTest;
beforeEach(async () => {
  outbox = await openOutbox();
});
afterEach(async () => {
  await outbox.close();
});

test('an event is traced through its statuses', async () => {
  const poison = new Set(['bad']);
  const event = eventOf('주문-1', 'bad', { headers: { traceparent: '00-ab' } });
  await outbox.append(event);
  expect(await traceEvent(outbox.pool, event.eventId.toUpperCase(), () => 12)).toMatchObject({
    eventId: event.eventId,
    key: event.key,
    topic: event.topic,
    type: event.type,
    payload: 'bad',
    headers: '{"traceparent":"00-ab"}',
    shard: shardOf(event.key),
    partition: partitionOf(event.key, 12),
    status: 'PENDING',
    lockedBy: null,
    attempts: 0,
    reason: null,
    discarded: null,
  });
  const relay = outbox.relay({
    publisher: new MemoryPublisher(refusing(poison)),
    settings: { keyMaxAttempts: 2, leaseMs: 300, keyRetryFirstMs: 1_000 },
  });
  await until('it is tried again', async () => (await traceEvent(outbox.pool, event.eventId)).status === 'RETRYING');
  expect(await traceEvent(outbox.pool, event.eventId)).toMatchObject({
    partition: null,
    attempts: 1,
    reason: 'Error: refused: bad',
    nextAttemptAt: expect.any(Date) as unknown as Date,
  });
  await until('it is parked', async () => (await traceEvent(outbox.pool, event.eventId)).status === 'PARKED');
  expect(await listRelays(outbox.pool)).toEqual([
    { owner: relay.owner, shards: 64, aliveUntil: expect.any(Date) as unknown as Date },
  ]);
  const well = eventOf('well', '1');
  await outbox.append(well);
  await until('it is out', async () => (await traceEvent(outbox.pool, well.eventId)).status === 'PUBLISHED');
  expect(await traceEvent(outbox.pool, well.eventId)).toMatchObject({ attempts: null, nextAttemptAt: null });
});

test('an event that was never committed is unknown, and so is what is not an id', async () => {
  const event = eventOf('a', '1');
  await outboxDatabase(outbox.pool)
    .transaction(async (tx) => {
      await appendEvents(tx, [event]);
      throw new Error('rolled back');
    })
    .catch(() => undefined);
  for (const id of [event.eventId, uuid(), '', "' OR true"]) {
    await expect(traceEvent(outbox.pool, id)).rejects.toMatchObject({ code: 'OUTBOX_EVENT_UNKNOWN' });
  }
});

test('shards show which relay holds them and what is pending, counted up to a limit', async () => {
  await outbox.append(...Array.from({ length: 1_500 }, (_, index) => eventOf('hot', String(index))), eventOf('b', '1'));
  const idle = await listShards(outbox.pool);
  expect(idle.map(({ shard }) => shard)).toEqual(Array.from({ length: 64 }, (_, shard) => shard));
  expect(idle[shardOf('hot')]).toMatchObject({
    owner: null,
    epoch: '0',
    leaseUntil: null,
    held: false,
    pending: 1_001,
    oldestPending: expect.any(Date) as unknown as Date,
  });
  const relay = outbox.relay({ publisher: new MemoryPublisher() });
  await until('nothing waits', async () => (await outbox.pending()) === 0);
  expect((await listShards(outbox.pool))[3]).toMatchObject({
    owner: relay.owner,
    epoch: '1',
    held: true,
    pending: 0,
    oldestPending: null,
  });
  await relay.stop();
  expect((await listShards(outbox.pool))[3]).toMatchObject({ owner: null, held: false, leaseUntil: null });
  expect(await listRelays(outbox.pool)).toEqual([]);
});

test('what lies on the floor of its shard is pending', async () => {
  await outbox.append(eventOf('hot', '1'));
  await outbox.rows(`UPDATE outbox_lease l SET floor=p.id FROM outbox_pending p WHERE p.shard=l.shard`);
  expect(await readLag(outbox.pool)).toMatchObject({ pending: 1, oldestPending: expect.any(Date) as unknown as Date });
  expect((await listShards(outbox.pool))[shardOf('hot')]).toMatchObject({
    pending: 1,
    oldestPending: expect.any(Date) as unknown as Date,
  });
});
