import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import { MemoryPublisher } from '../testing/memory-publisher.js';
import { eventOf, openOutbox, type OutboxUnderTest } from '../testing/outbox-under-test.js';

let outbox: OutboxUnderTest;
beforeEach(async () => {
  outbox = await openOutbox();
});
afterEach(() => outbox.close());

const sessions = async (): Promise<number[]> =>
  (
    await outbox.rows<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname=current_database() AND application_name='outbox-relay'`,
    )
  ).map(({ pid }) => pid);

test('F48 a relay’s connections have a longest life: every event is still sent once, and in order', async () => {
  const publisher = new MemoryPublisher();
  const relay = outbox.relay({ publisher, settings: { connectionMaxAgeMs: 100 } });
  const seen = new Set<number>();
  let events = 0;
  await until('it has had many connections', async () => {
    for (const pid of await sessions()) seen.add(pid);
    events += 1;
    await outbox.append(eventOf('k', String(events)));
    return seen.size >= 12;
  });
  await until('all is out', async () => (await outbox.pending()) === 0);
  expect(publisher.arrived.map(({ payload }) => payload)).toEqual(
    Array.from({ length: events }, (_, index) => String(index + 1)),
  );
  expect(relay.problem).toBeNull();
});
