import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import { appendEvents } from '../append-events.js';
import { partitionOf } from '../partition-of.js';
import { shardOf } from '../shard-of.js';
import { readLag } from '../statements/read-lag.js';
import { listRelays } from '../statements/read-relays.js';
import { listShards } from '../statements/read-shards.js';
import { MemoryPublisher, refusing } from '../testing/memory-publisher.js';
import { outboxDatabase } from '../postgres/pool-database.js';
import { eventOf, openOutbox, uuid, type OutboxUnderTest } from '../testing/outbox-under-test.js';
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

test('an event shows the reason of its own key and its own discard, whatever else its shard has', async () => {
  const keys = Array.from({ length: 999 }, (_, index) => `key-${index}`).filter((key) => shardOf(key) === 7);
  const events = keys.slice(0, 3).map((key) => eventOf(key, 'late'));
  await outbox.append(...events);
  await outbox.rows(
    `INSERT INTO outbox_key_state(shard,msg_key,last_error) SELECT 7,key,'refused '||key FROM unnest($1::text[]) key`,
    [keys.slice(0, 3)],
  );
  await outbox.rows(
    `INSERT INTO outbox_discarded(event_id,shard,id,msg_key,reason,discarded_by,discarded_at)
     SELECT event_id,7,id,msg_key,'of '||msg_key,'ann',$1 FROM outbox_event`,
    [new Date(0)],
  );
  for (const { eventId, key } of events) {
    expect(await traceEvent(outbox.pool, eventId)).toMatchObject({
      eventId,
      reason: `refused ${key}`,
      discarded: { reason: `of ${key}`, by: 'ann', at: new Date(0) },
    });
  }
});

test('relays are listed by name while they live, each with the shards that it still holds', async () => {
  await outbox.rows(
    `INSERT INTO outbox_relay(owner,alive_until)
     SELECT owner,now()+alive*interval '1 minute' FROM (VALUES ('b',1),('dead',-1),('a',1)) x(owner,alive)`,
  );
  await outbox.rows(
    `UPDATE outbox_lease SET owner=CASE WHEN shard<3 THEN 'a' ELSE 'b' END,
       lease_until=now()+CASE shard WHEN 0 THEN -1 ELSE 1 END*interval '1 minute' WHERE shard<8`,
  );
  expect(await listRelays(outbox.pool)).toMatchObject([
    { owner: 'a', shards: 2 },
    { owner: 'b', shards: 5 },
  ]);
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
