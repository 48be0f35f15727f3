import { expect, test } from '@jest/globals';
import type { PendingEvent } from '../outbox-store.js';
import type { Lease } from './leases.js';
import { adoptRewind, dropFloorsAbove, recordFloorCandidate, raiseFloors } from './safe-floor.js';

const leaseOf = (shard: number): Lease => ({
  shard,
  epoch: '1',
  rewind: '5',
  floor: '0',
  candidate: undefined,
  sendUntilMs: 0,
  leaving: false,
});

const eventOf = (lease: Lease, id: number, rewind = lease.rewind): PendingEvent & { lease: Lease } => ({
  lease,
  shard: lease.shard,
  id: String(id),
  rewind,
  eventId: '',
  key: 'k',
  topic: 't',
  payload: '',
  headers: '{}',
  parked: false,
  attempts: null,
});

/** A lease of which event 100 has been acknowledged by transaction 1000. */
function acknowledged(): Lease {
  const lease = leaseOf(3);
  recordFloorCandidate([eventOf(lease, 9), eventOf(lease, 100)], '1000');
  return lease;
}

const read = (lease: Lease, page: PendingEvent[], xmin: number, whole = true): string => {
  raiseFloors([{ lease, rewind: '5' }], [page], String(xmin), whole);
  return lease.floor;
};

test('the floor waits for every transaction that is as old as the acknowledgement', () => {
  const lease = acknowledged();
  expect(read(lease, [], 1000)).toBe('0');
  expect(read(lease, [], 1001)).toBe('100');
});

test('the floor is no higher than the first event that waits', () => {
  const lease = acknowledged();
  expect(read(lease, [eventOf(lease, 40), eventOf(lease, 120)], 1001)).toBe('40');
});

test('a page that leaves large events out says nothing of shards that it does not show', () => {
  const lease = acknowledged();
  const other = leaseOf(4);
  expect(read(lease, [eventOf(other, 7)], 1001, false)).toBe('0');
  expect(read(lease, [eventOf(lease, 120)], 1001, false)).toBe('100');
});

test('a candidate stays until it is used, and the next one raises further', () => {
  const lease = acknowledged();
  recordFloorCandidate([eventOf(lease, 200)], '2000');
  expect(read(lease, [], 1500)).toBe('100');
  recordFloorCandidate([eventOf(lease, 300)], '3000');
  expect(read(lease, [], 3001)).toBe('300');
  recordFloorCandidate([eventOf(lease, 250)], '3100');
  expect(read(lease, [], 4000)).toBe('300');
});

test('where pointers came back, floor and candidate go; an older rewind is not taken after a newer', () => {
  const lease = acknowledged();
  expect(read(lease, [eventOf(lease, 50, '6')], 1001)).toBe('0');
  read(lease, [], 1001);
  adoptRewind(lease, '6');
  expect(lease).toMatchObject({ rewind: '6', floor: '0', candidate: undefined });
  lease.floor = '70';
  adoptRewind(lease, '5');
  expect(lease).toMatchObject({ rewind: '6', floor: '70' });
  recordFloorCandidate([eventOf(lease, 100)], '1000');
  // asked for under the rewind before
  expect(read(lease, [], 1001)).toBe('70');
});

test('events below a floor take it away and are counted', () => {
  const lease = leaseOf(3);
  lease.floor = '70';
  expect(dropFloorsAbove([eventOf(lease, 70)])).toBe(0);
  expect(dropFloorsAbove([eventOf(lease, 69), eventOf(lease, 70)])).toBe(1);
  expect(lease.floor).toBe('0');
});

test('events below the floors of several shards take each of them away, with what would have raised them', () => {
  const [one, other, right] = [leaseOf(3), leaseOf(4), leaseOf(5)];
  recordFloorCandidate([eventOf(one, 90), eventOf(other, 90), eventOf(right, 90)], '1000');
  for (const lease of [one, other, right]) lease.floor = '70';
  expect(dropFloorsAbove([eventOf(one, 60), eventOf(other, 61), eventOf(right, 70)])).toBe(2);
  for (const lease of [one, other]) expect(lease).toMatchObject({ floor: '0', candidate: undefined });
  expect(right).toMatchObject({ floor: '70', candidate: { id: 90n } });
});

test('no floor passes what was in hand while the page was read, nor what was committed below that', () => {
  const lease = acknowledged();
  raiseFloors(
    [{ lease, rewind: '5' }],
    [[eventOf(lease, 40), eventOf(lease, 41)], [eventOf(lease, 120)]],
    '1001',
    true,
  );
  expect(lease.floor).toBe('40');
  const other = acknowledged();
  raiseFloors([{ lease: other, rewind: '5' }], [[eventOf(other, 40)], [eventOf(other, 30)]], '1001', true);
  expect(other.floor).toBe('30');
});
