import { expect, test } from '@jest/globals';
import type { ActiveAlert } from '../monitoring/prometheus-api.js';
import type { Cause } from './cause.js';
import { seeAlerts } from './see-alerts.js';

/** A Prometheus whose alerts are those of causes that are at work, and a cause. */
function drill(fires: readonly string[], { firesAtAll = true, clears = true, before = false } = {}) {
  let working = before;
  const cause: Cause = {
    name: 'a-cause',
    what: 'something',
    fires,
    begin: async () => void (working = firesAtAll),
    end: async () => void (working = !clears),
  };
  const alerts = async (): Promise<ActiveAlert[]> =>
    working
      ? [
          { labels: { alertname: 'A', database: 'order' }, state: 'firing', activeAt: '' },
          { labels: { alertname: 'Missing', process: 'product' }, state: 'firing', activeAt: '' },
          { labels: { alertname: 'B' }, state: 'pending', activeAt: '' },
        ]
      : [];
  return seeAlerts({ alerts }, cause, 300);
}

test('what fires and clears is seen, with its times', async () => {
  const seen = await drill(['A', 'Missing product']);
  expect(seen.map(({ alert }) => alert)).toEqual(['A', 'Missing product']);
  for (const { firedAfter, clearedAfter } of seen) expect(firedAfter + clearedAfter).toBeGreaterThanOrEqual(0);
});

test.each([
  ['one that only waits', ['B'], {}, /a-cause: never fired: B/u],
  ['one that is not there', ['A'], { firesAtAll: false }, /a-cause: never fired: A/u],
  ['one that stays', ['A'], { clears: false }, /a-cause: never cleared: A/u],
  ['one that was there before', ['A'], { before: true }, /before its cause there is: A/u],
])('%s is a fault', async (_what, fires, how, complaint) => {
  await expect(drill(fires, how)).rejects.toThrow(complaint);
});
