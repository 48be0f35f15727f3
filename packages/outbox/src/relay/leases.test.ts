import { expect, test } from '@jest/globals';
import { fairShare, Leases } from './leases.js';

const claimed = (shards: number[], epoch = '1') =>
  shards.map((shard) => ({ shard, epoch, rewind: '0', floor: '0', takenOver: false }));

test('nothing is sent past the deadline, nor under a lease that was lost and taken again', () => {
  const leases = new Leases(2);
  leases.add(claimed([4, 5]), 1_000);
  const [four] = leases.ofLane(0);
  expect(leases.maySend(four!, 999)).toBe(true);
  expect(leases.maySend(four!, 1_000)).toBe(false);
  leases.renew(leases.all(), [{ shard: 5, rewind: '7' }], 2_000);
  expect(leases.maySend(four!, 999)).toBe(false);
  expect(leases.all()).toMatchObject([{ shard: 5, rewind: '7', sendUntilMs: 2_000 }]);
  leases.add(claimed([4], '2'), 2_000);
  expect(leases.isHeld(four!)).toBe(false);
  // an answer about the old lease says nothing about the new one
  leases.drop([four!]);
  expect(leases.size).toBe(2);
});

test('shards above the fair share leave, evenly from both lanes, and stay when relays are gone', () => {
  const leases = new Leases(2);
  leases.add(claimed(Array.from({ length: 64 }, (_, shard) => shard)), 1);
  leases.keepShare(3);
  const leaving = leases.all().filter(({ leaving }) => leaving);
  expect(leaving).toHaveLength(64 - 22);
  expect(leaving.filter(({ shard }) => leases.laneOf(shard) === 0)).toHaveLength(21);
  // claims come in an order of their own; what is kept is spread over the lanes all the same
  const mixed = new Leases(2);
  mixed.add(claimed([0, 2, 4, 6, 1, 3, 5, 7]), 1);
  mixed.keepShare(16);
  const kept = mixed.all().filter((lease) => !lease.leaving);
  expect(kept.map(({ shard }) => shard).sort()).toEqual([0, 1, 2, 3]);
  leases.keepShare(1);
  expect(leases.all().some(({ leaving }) => leaving)).toBe(false);
  expect([1, 2, 3, 64, 100].map(fairShare)).toEqual([64, 32, 22, 1, 1]);
});

test('several leases are dropped at once, and the others stay', () => {
  const leases = new Leases(1);
  leases.add(claimed([1, 2, 3]), 1_000);
  const [one, two] = leases.all();
  leases.drop([one!, two!]);
  expect(leases.all()).toMatchObject([{ shard: 3 }]);
});
