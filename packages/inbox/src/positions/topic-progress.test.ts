import { describe, expect, test } from '@jest/globals';
import type { RawMessage } from '../subscription.js';
import { silent } from '../testing/shop.js';
import { markOf } from './mark.js';
import { TopicProgress } from './topic-progress.js';

const TOPIC = 'facts';

/**
 * A log and the positions of a consumer in it, by partition, and a clock that goes on by a second each time it is read.
 * The marks of the positions are of the first log; `log` is the one that exists.
 */
function world(ends: number[], positions: (number | undefined)[]) {
  let seconds = 0;
  const state = { ends, positions, away: false, log: 1 };
  const messageAt = (log: number, offset: bigint): RawMessage => ({
    topic: TOPIC,
    partition: 0,
    offset,
    timeMs: log,
    key: null,
    value: null,
    headers: [],
  });
  const progress = new TopicProgress({
    consumer: 'test.reader',
    topics: [TOPIC],
    log: silent,
    source: {
      logRanges: async (topics) => {
        if (state.away) throw new Error('away');
        expect(topics).toEqual([TOPIC]);
        return state.ends.map((end, partition) => ({ topic: TOPIC, partition, low: 0n, high: BigInt(end) }));
      },
      messagesAt: async (positions) => positions.map(({ offset }) => messageAt(state.log, offset)),
    },
    pool: {
      query: async (text) => {
        const rows = text.includes('clock_timestamp')
          ? [{ now: new Date(1_000 * ++seconds).toISOString() }]
          : state.positions.flatMap((at, partition) => (at === undefined ? [] : [rowAt(partition, BigInt(at))]));
        return { rows: rows as never[], rowCount: rows.length };
      },
    },
  });
  return { state, progress };

  function rowAt(partition: number, at: bigint): object {
    const last = markOf(messageAt(1, at - 1n));
    const marks = { last: String(last.offset), last_mark: last.fingerprint, known: null, known_mark: null };
    return { topic: TOPIC, partition, at: String(at), ...marks };
  }
}

const at = (seconds: number): Date => new Date(1_000 * seconds);

describe('a topic is handled until a time', () => {
  test('when the positions are at the ends that the log had then', async () => {
    const { progress } = world([3, 0, 7], [3, undefined, 9]);
    expect(progress.handledUntil).toEqual(at(0));
    expect(await progress.hasHandledUntil(at(1))).toBe(true);
    expect(progress.handledUntil).toEqual(at(1));
    // known, and looked for no more
    expect(await progress.hasHandledUntil(at(1))).toBe(true);
    expect(await progress.hasHandledUntil(at(2))).toBe(true);
    expect(progress.handledUntil).toEqual(at(2));
    expect(await progress.hasHandledUntil(at(9))).toBe(false);
  });

  test.each([
    ['a partition is behind', [3, 6]],
    ['a partition with messages was never read', [3, undefined]],
  ])('not when %s; when it has come up, it is, although the log has grown meanwhile', async (_what, positions) => {
    const { progress, state } = world([3, 7], positions);
    expect(await progress.hasHandledUntil(at(1))).toBe(false);
    state.ends = [100, 100];
    expect(await progress.hasHandledUntil(at(1))).toBe(false);
    state.positions = [3, 7];
    expect(await progress.hasHandledUntil(at(1))).toBe(true);
    // the new end is another matter
    expect(await progress.hasHandledUntil(at(2))).toBe(false);
  });

  test('not when the broker does not answer; the next lookup works when it does', async () => {
    const { progress, state } = world([1], [1]);
    state.away = true;
    expect(await progress.hasHandledUntil(at(1))).toBe(false);
    state.away = false;
    expect(await progress.hasHandledUntil(at(2))).toBe(true);
  });

  test('not by positions that were counted in another log of the same name, however far they are', async () => {
    const { progress, state } = world([10, 10], [23, 17]);
    state.log = 2;
    expect(await progress.hasHandledUntil(at(1))).toBe(false);
    // the same positions in the log that they were counted in
    state.log = 1;
    expect(await progress.hasHandledUntil(at(1))).toBe(true);
  });

  test('when the log that was waited for is gone, as soon as what the new one holds is read', async () => {
    const { progress, state } = world([100], [40]);
    expect(await progress.hasHandledUntil(at(1))).toBe(false);
    state.ends = [5];
    state.positions = [5];
    expect(await progress.hasHandledUntil(at(2))).toBe(true);
  });

  test('many who ask at once ask the broker once', async () => {
    const { progress } = world([1], [1]);
    expect(await Promise.all([1, 1, 1].map((seconds) => progress.hasHandledUntil(at(seconds))))).toEqual([
      true,
      true,
      true,
    ]);
    expect(progress.handledUntil).toEqual(at(1));
  });
});
