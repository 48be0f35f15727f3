import { describe, expect, it } from '@jest/globals';
import type { WorkersMeasured } from '../observed.js';
import { scale, type Scaled, type Scaling } from './scale.js';

const NOW = Date.parse('2026-01-01T01:00:00.000Z');
const SCALING: Scaling = {
  minReplicas: 1,
  maxReplicas: 8,
  targetAge: '10s',
  scaleDownAfter: '5m',
  interval: '10s',
};
const before = (fields: Partial<Scaled>): Scaled => ({ replicas: 3, changedAt: '2026-01-01T00:00:00.000Z', ...fields });
const measured = (fields: Partial<WorkersMeasured>): WorkersMeasured => ({
  at: NOW,
  oldestAgeSeconds: 0,
  pendingEvents: 0,
  morePending: false,
  parkedKeys: 0,
  eventsPerSecond: 0,
  workers: 3,
  databases: 4,
  shards: 64,
  ...fields,
});
const busy = measured({ oldestAgeSeconds: 11, pendingEvents: 100_000, eventsPerSecond: 300 });

describe('the number of workers', () => {
  it('grows for an event that is older than the target, and not for one that is as old', () => {
    expect(scale(SCALING, before({}), busy, 3, NOW).scaled.replicas).toBe(6);
    expect(scale(SCALING, before({}), { ...busy, oldestAgeSeconds: 10 }, 3, NOW).scaled.replicas).toBe(3);
  });

  it('does not grow further before those that were added are ready', () => {
    const { scaled } = scale(SCALING, before({}), busy, 2, NOW);
    expect([scaled.replicas, scaled.reason]).toEqual([3, expect.stringMatching(/added workers are not ready yet/)]);
  });

  it('shrinks where the others would have a third of their time left, after that was so for long enough', () => {
    const known = before({ eventsPerSecondPerWorker: 100 });
    const rests = (eventsPerSecond: number, enoughSince?: string) =>
      scale(
        SCALING,
        { ...known, ...(enoughSince !== undefined && { enoughSince }) },
        measured({ eventsPerSecond }),
        3,
        NOW,
      ).scaled;
    expect(rests(141).enoughSince).toBeUndefined();
    expect(rests(140)).toMatchObject({ replicas: 3, enoughSince: '2026-01-01T01:00:00.000Z' });
    expect(rests(140, '2026-01-01T00:55:00.001Z').replicas).toBe(3);
    expect(rests(140, '2026-01-01T00:55:00.000Z').replicas).toBe(2);
  });
});
