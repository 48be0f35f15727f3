import { beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { TransientError } from '@outrider/inbox';
import type { Logger } from '@outrider/service-kit/logging';
import type { ProviderUpdate, UpdateResult } from '../domain/provider-update.js';
import { UpdateQueue } from './update-queue.js';

interface Transaction {
  readonly updates: readonly ProviderUpdate[];
  readonly commit: () => void;
  readonly fail: (error: unknown) => void;
}

let transactions: Transaction[];
let queue: UpdateQueue;

/** Waits until the queue has begun so many transactions. */
async function begun(count: number): Promise<Transaction> {
  while (transactions.length < count) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  expect(transactions).toHaveLength(count);
  return transactions[count - 1]!;
}

const event = (orderId = newId()): ProviderUpdate => ({
  kind: 'event',
  orderId,
  eventId: newId(),
  shown: { reference: 'a', status: 'AUTHORIZED', capturedAmount: 0, refunds: [], disputes: [], reason: null },
});
const answer = (orderId = newId()): ProviderUpdate =>
  ({ kind: 'answer', attempt: { payment: { orderId } }, answer: { kind: 'record' } }) as unknown as ProviderUpdate;

beforeEach(() => {
  transactions = [];
  const apply = (updates: readonly ProviderUpdate[]) =>
    new Promise<UpdateResult[]>((resolve, fail) => {
      transactions.push({ updates, fail, commit: () => resolve(updates.map(() => 'applied')) });
    });
  queue = new UpdateQueue(apply, { warn() {}, error() {} } as unknown as Logger);
});

describe('provider updates', () => {
  test('that come while a batch is written make up the next, answers and events alike', async () => {
    const [first, second, third] = [answer(), event(), answer()];
    const done: unknown[] = [];
    void queue.add(first).then(() => done.push(first));
    const alone = await begun(1);
    expect(alone.updates).toEqual([first]);
    for (const one of [second, third]) void queue.add(one).then(() => done.push(one));
    await begun(1);
    expect(done).toEqual([]);
    alone.commit();
    const both = await begun(2);
    expect(both.updates).toEqual([second, third]);
    expect(done).toEqual([first]);
    both.commit();
    await begun(2);
    expect(done).toEqual([first, second, third]);
  });

  test('of one order are in different batches, in the order they came', async () => {
    const orderId = newId();
    const updates = [event(orderId), answer(orderId), event(), event(orderId)];
    const all = Promise.all(updates.map((one) => queue.add(one)));
    for (const [index, batch] of [[updates[0], updates[2]], [updates[1]], [updates[3]]].entries()) {
      const transaction = await begun(index + 1);
      expect(transaction.updates).toEqual(batch);
      transaction.commit();
    }
    expect(await all).toEqual(updates.map(() => 'applied'));
  });

  test('one of which fails the batch are applied one by one, and only that one fails', async () => {
    const updates = [event(), answer(), event()];
    const all = Promise.allSettled(updates.map((one) => queue.add(one)));
    (await begun(1)).fail(new Error('one of them'));
    (await begun(2)).commit();
    (await begun(3)).fail(new Error('this one'));
    (await begun(4)).commit();
    expect(transactions.slice(1).map(({ updates: batch }) => batch)).toEqual(updates.map((one) => [one]));
    expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('that cannot be written yet: answers are tried again, events are rejected, for the provider sends them again', async () => {
    const [sentAgain, kept] = [event(), answer()];
    const refused = expect(queue.add(sentAgain)).rejects.toThrow('away');
    const written = queue.add(kept);
    (await begun(1)).fail(new TransientError('away'));
    await refused;
    const again = await begun(2);
    expect(again.updates).toEqual([kept]);
    again.commit();
    expect(await written).toBe('applied');
    const later = queue.add(event());
    (await begun(3)).commit();
    expect(await later).toBe('applied');
  });

  test('that cannot be written when the queue closes are given up', async () => {
    const given = expect(queue.add(answer())).rejects.toThrow('away');
    queue.close();
    (await begun(1)).fail(new TransientError('away'));
    await given;
  });
});
