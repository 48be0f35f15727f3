import { beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { TransientError } from '@outrider/inbox';
import type { Logger } from '@outrider/service-kit/logging';
import type { News, NewsOutcome } from './update.js';
import { NewsQueue } from './update-queue.js';

interface Taking {
  readonly news: readonly News[];
  readonly commit: () => void;
  readonly fail: (error: unknown) => void;
}

let takings: Taking[];
let queue: NewsQueue;

/** Waits until the queue has begun so many transactions. */
async function begun(count: number): Promise<Taking> {
  while (takings.length < count) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  expect(takings).toHaveLength(count);
  return takings[count - 1]!;
}

const event = (orderId = newId()): News => ({
  kind: 'event',
  orderId,
  eventId: newId(),
  shown: { reference: 'a', status: 'AUTHORIZED', capturedAmount: 0, refunds: [], disputes: [], reason: null },
});
const answer = (orderId = newId()): News =>
  ({ kind: 'answer', attempt: { payment: { orderId } }, answer: { kind: 'record' } }) as unknown as News;

beforeEach(() => {
  takings = [];
  const take = (news: readonly News[]) =>
    new Promise<NewsOutcome[]>((resolve, fail) => {
      takings.push({ news, fail, commit: () => resolve(news.map(() => 'settled')) });
    });
  queue = new NewsQueue(take, { warn() {}, error() {} } as unknown as Logger);
});

describe('news', () => {
  test('that come while a set is being written make up the next, answers and events alike', async () => {
    const [first, second, third] = [answer(), event(), answer()];
    const done: unknown[] = [];
    void queue.add(first).then(() => done.push(first));
    const alone = await begun(1);
    expect(alone.news).toEqual([first]);
    for (const one of [second, third]) void queue.add(one).then(() => done.push(one));
    await begun(1);
    expect(done).toEqual([]);
    alone.commit();
    const both = await begun(2);
    expect(both.news).toEqual([second, third]);
    expect(done).toEqual([first]);
    both.commit();
    await begun(2);
    expect(done).toEqual([first, second, third]);
  });

  test('of one order are in different sets, in the order they came', async () => {
    const orderId = newId();
    const news = [event(orderId), answer(orderId), event(), event(orderId)];
    const all = Promise.all(news.map((one) => queue.add(one)));
    for (const [index, set] of [[news[0], news[2]], [news[1]], [news[3]]].entries()) {
      const taking = await begun(index + 1);
      expect(taking.news).toEqual(set);
      taking.commit();
    }
    expect(await all).toEqual(news.map(() => 'settled'));
  });

  test('one of which breaks the set are taken one by one, and only that one fails', async () => {
    const news = [event(), answer(), event()];
    const all = Promise.allSettled(news.map((one) => queue.add(one)));
    (await begun(1)).fail(new Error('one of them'));
    (await begun(2)).commit();
    (await begun(3)).fail(new Error('this one'));
    (await begun(4)).commit();
    expect(takings.slice(1).map(({ news: set }) => set)).toEqual(news.map((one) => [one]));
    expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('that cannot be written yet: answers are tried again, events are refused, for they are told again', async () => {
    const [told, heard] = [event(), answer()];
    const refused = expect(queue.add(told)).rejects.toThrow('away');
    const written = queue.add(heard);
    (await begun(1)).fail(new TransientError('away'));
    await refused;
    const again = await begun(2);
    expect(again.news).toEqual([heard]);
    again.commit();
    expect(await written).toBe('settled');
    const later = queue.add(event());
    (await begun(3)).commit();
    expect(await later).toBe('settled');
  });

  test('that cannot be written any more when it closes are given up', async () => {
    const given = expect(queue.add(answer())).rejects.toThrow('away');
    queue.close();
    (await begun(1)).fail(new TransientError('away'));
    await given;
  });
});
