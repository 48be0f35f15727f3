import { expect, it } from '@jest/globals';
import { shardOf } from '@outrider/outbox';
import { judge, passes, type Arrival, type Evidence } from './verdict.js';

const arrival = (key: string, n: number, atMs: number): Arrival => ({ eventId: `${key}${n}`, key, n, atMs });
const leases = [{ shard: shardOf('a'), pid: 1, atMs: 0 }];

function evidence(arrivals: readonly Arrival[], more: Partial<Evidence> = {}): Evidence {
  const committed = [1, 2, 3].flatMap((n) => ['a', 'b'].map((key) => ({ eventId: `${key}${n}`, key, n })));
  return { committed, arrivals, disturbances: [], leases, inFlightMs: 500, ...more };
}

const healthy = [1, 2, 3].flatMap((n) => [arrival('a', n, n * 100), arrival('b', n, n * 100)]);

it('passes what arrived once and in order', () => {
  const verdict = judge(evidence(healthy));
  expect(verdict).toMatchObject({ committed: 6, delivered: 6, lost: [], outOfOrder: [], invented: [] });
  expect(passes(verdict)).toBe(true);
});

it('sees what is lost, invented, and overtaken', () => {
  const verdict = judge(
    evidence([
      arrival('a', 1, 1),
      arrival('a', 3, 2),
      arrival('a', 2, 3),
      arrival('b', 1, 4),
      arrival('c', 1, 5),
      arrival('b', 2, 6),
    ]),
  );
  expect(verdict.lost).toEqual(['b no. 3 (b3)']);
  expect(verdict.invented).toEqual(['c no. 1 (c1)']);
  expect(verdict.outOfOrder).toEqual(['a no. 2 (a2)']);
  expect(passes(verdict)).toBe(false);
});

it("takes a copy for explained only by what befell the shard's holder, and only then", () => {
  const twice = [...healthy, arrival('a', 3, 4_000)];
  const judged = (kind: 'kill' | 'pause', pid: number, fromMs: number, untilMs: number) =>
    judge(evidence(twice, { disturbances: [{ kind, pid, fromMs, untilMs }] }));
  expect(passes(judge(evidence(twice)))).toBe(false);
  expect(judged('kill', 1, 350, 350)).toMatchObject({ duplicates: { kill: 1, pause: 0 }, unexplained: [] });
  // woken with the event in hand
  expect(judged('pause', 1, 200, 3_950)).toMatchObject({ duplicates: { kill: 0, pause: 1 }, unexplained: [] });
  // another process, long after the first copy, and after the second
  for (const [pid, from] of [
    [2, 350],
    [1, 2_000],
    [1, 5_000],
  ] as const) {
    expect(judged('kill', pid, from, from).unexplained).toEqual(['a no. 3 (a3)']);
  }
});
