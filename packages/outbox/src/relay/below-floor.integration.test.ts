import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import { advanceReplay, startReplay } from '../operations/replay.js';
import { retryKey } from '../operations/retry-key.js';
import { outboxDatabase } from '../postgres/pool-database.js';
import { shardOf } from '../shard-of.js';
import { resumeCopiedOutbox } from '../statements/resume-copy.js';
import { MemoryPublisher, refusing } from '../testing/memory-publisher.js';
import { eventOf, openOutbox, type OutboxUnderTest } from '../testing/outbox-under-test.js';

const KEY = 'sick';
const SHARD = shardOf(KEY);
/** Another key of the same shard, which goes on while the other is parked. */
const TWIN = Array.from({ length: 500 }, (_, n) => `twin-${n}`).find((key) => shardOf(key) === SHARD) ?? '';

let outbox: OutboxUnderTest;
let poison: Set<string>;
let publisher: MemoryPublisher;
let below: number;
beforeEach(async () => {
  outbox = await openOutbox();
  poison = new Set();
  publisher = new MemoryPublisher(refusing(poison));
  below = 0;
});
afterEach(() => outbox.close());

const relay = (): ReturnType<OutboxUnderTest['relay']> =>
  outbox.relay({
    publisher,
    // floors are stored with every renewal; only what has come back is to bring a relay below them
    settings: { safeFloor: true, leaseMs: 600, keyMaxAttempts: 2, keyRetryFirstMs: 600_000, keyRetryMaxMs: 600_000 },
    observer: { belowFloor: (events) => void (below += events) },
  });

async function lease(): Promise<{ floor: number; rewind: number }> {
  const [row] = await outbox.rows<{ floor: number; rewind: number }>(
    'SELECT floor::int AS floor,rewind::int AS rewind FROM outbox_lease WHERE shard=$1',
    [SHARD],
  );
  return row!;
}

/** The key's events are sent, or parked; a relay has stored a floor above them, and is gone. */
async function floorAbove(): Promise<number> {
  const first = relay();
  for (const text of ['1', '2', '3']) await outbox.append(eventOf(KEY, text));
  await until('they are sent or parked', async () => (await outbox.pending()) === 0);
  const [{ id } = { id: 0 }] = await outbox.rows<{ id: number }>(
    'SELECT max(id)::int AS id FROM outbox_event WHERE msg_key=$1',
    [KEY],
  );
  await until('the floor is above them', async () => {
    await outbox.append(eventOf(TWIN, 'goes on'));
    return (await lease()).floor > id;
  });
  await first.stop();
  return (await lease()).rewind;
}

/** What came back is where the next relay reads from, and is sent by it before what is newer. */
async function comesBack(rewind: number, expected: readonly string[]): Promise<void> {
  const after = await lease();
  expect(after.floor).toBe(0);
  expect(after.rewind).toBeGreaterThan(rewind);
  poison.clear();
  publisher.arrived.length = 0;
  await outbox.append(eventOf(KEY, 'newer'));
  relay();
  await until('it is out', async () => (await outbox.pending()) === 0);
  expect(publisher.of(KEY)).toEqual([...expected, 'newer']);
  expect(below).toBe(0);
}

test('F13 the next relay reads from below the floor what an operator has retried', async () => {
  poison.add('1');
  const rewind = await floorAbove();
  await retryKey(outboxDatabase(outbox.pool), KEY);
  await comesBack(rewind, ['1', '2', '3']);
});

test('F14 the next relay reads from below the floor what a replay has released', async () => {
  const rewind = await floorAbove();
  const database = outboxDatabase(outbox.pool);
  const { job } = await startReplay(database, { key: KEY, by: 'ops' });
  while (!(await advanceReplay(database, job)).over);
  await comesBack(rewind, ['1', '2', '3']);
});

test('F15 the next relay reads a copied outbox from its beginning', async () => {
  const rewind = await floorAbove();
  await resumeCopiedOutbox(outbox.pool);
  await comesBack(rewind, []);
});

test('F13 a relay that tries a key again by itself leaves no floor above it', async () => {
  poison.add('1');
  const rewind = await floorAbove();
  await outbox.rows('UPDATE outbox_key_state SET next_attempt_at=now()');
  // it fails again: the pointers come back and are parked again, and the floor must have been lowered in between
  await outbox.rows(`CREATE TABLE seen (floor bigint, rewind bigint);
    CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
      INSERT INTO seen SELECT floor,rewind FROM outbox_lease WHERE shard=NEW.shard; RETURN NULL; END$$;
    CREATE TRIGGER see AFTER INSERT ON outbox_pending FOR EACH ROW EXECUTE FUNCTION see()`);
  relay();
  await until('it was tried', async () => (await outbox.rows('SELECT 1 FROM seen')).length > 0);
  const seen = await outbox.rows<{ floor: string; rewind: string }>('SELECT DISTINCT floor,rewind FROM seen');
  expect(seen.map(({ floor }) => Number(floor))).toEqual([0]);
  expect(Number(seen[0]!.rewind)).toBeGreaterThan(rewind);
  expect(below).toBe(0);
});
