import { describe, expect, test } from '@jest/globals';
import { newId, ORDER_STATUSES, TERMINAL_STATUSES, type OrderStatus } from '@outrider/contracts';
import { AwaitedOrders, isUnderWay, type Standing, type Waiting } from './awaited-orders.js';

const LONG = 60_000;
const action = { redirectUrl: 'https://bank.example/3ds', expiresAt: '2026-01-01T00:00:00.000Z' };
const stands = (status: OrderStatus, version: number, more: Partial<Standing> = {}): Standing => ({
  status,
  version,
  action: null,
  ...more,
});

/** Orders of which `look` finds what is in `stored`. */
function watched(most = 10) {
  const stored = new Map<string, Standing>();
  const asked: (readonly string[])[] = [];
  const awaited = new AwaitedOrders(async (ids) => {
    asked.push(ids);
    return new Map([...stored].filter(([id]) => ids.includes(id)));
  }, most);
  awaited.open();
  return { awaited, stored, asked };
}

/** Whether it has been answered by now, all that has been resolved having been told. */
function waits(waiting: Waiting, ms = LONG): () => Promise<boolean> {
  let over = false;
  void waiting.wait(ms).then(() => (over = true));
  return async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return over;
  };
}

describe('an order is under way', () => {
  test.each(ORDER_STATUSES)('%s: unless it has ended or its customer must act', (status) => {
    const ended = (TERMINAL_STATUSES as readonly OrderStatus[]).includes(status);
    expect(isUnderWay({ status, action: null })).toBe(!ended);
    expect(isUnderWay({ status, action })).toBe(false);
  });
});

describe('requests that wait for orders', () => {
  test('are told by the change that ends the order, and by none before', async () => {
    const { awaited } = watched();
    const id = newId();
    using waiting = awaited.begin(id, 0);
    const over = waits(waiting);
    awaited.changed(id, stands('PAYING', 2));
    awaited.changed(newId(), stands('COMPLETED', 5));
    expect(await over()).toBe(false);
    awaited.changed(id, stands('FAILED', 3));
    expect(await over()).toBe(true);
  });

  test('several for one order are all told, and those that left are not looked at', async () => {
    const { awaited, asked, stored } = watched();
    const id = newId();
    const [first, second, left] = [awaited.begin(id, 0), awaited.begin(id, 0), awaited.begin(id, 0)];
    const over = [waits(first), waits(second), waits(left)];
    left[Symbol.dispose]();
    left[Symbol.dispose]();
    stored.set(id, stands('COMPLETED', 5));
    await awaited.look();
    expect(await Promise.all(over.map((one) => one()))).toEqual([true, true, false]);
    for (const waiting of [first, second]) waiting[Symbol.dispose]();
    await awaited.look();
    expect(asked).toEqual([[id]]);
    left.end();
  });

  test('one that leaves takes nobody along who came after everybody had left', async () => {
    const { awaited } = watched();
    const id = newId();
    const first = awaited.begin(id, 0);
    first[Symbol.dispose]();
    using second = awaited.begin(id, 0);
    first[Symbol.dispose]();
    const over = waits(second);
    awaited.changed(id, stands('COMPLETED', 5));
    expect(await over()).toBe(true);
  });

  test('are woken by an action, and by what came after the version that they know only', async () => {
    const { awaited } = watched();
    const id = newId();
    using waiting = awaited.begin(id, 3);
    const over = waits(waiting);
    for (const version of [2, 3]) awaited.changed(id, stands('PAYING', version, { action }));
    expect(await over()).toBe(false);
    awaited.changed(id, stands('PAYING', 4));
    expect(await over()).toBe(false);
    awaited.changed(id, stands('PAYING', 5, { action }));
    expect(await over()).toBe(true);
  });

  test('a change between the beginning and the wait is not missed', async () => {
    const { awaited } = watched();
    const id = newId();
    using waiting = awaited.begin(id, 0);
    awaited.changed(id, stands('COMPLETED', 5));
    expect(await waits(waiting)()).toBe(true);
  });

  test('end by themselves when their time is over', async () => {
    const { awaited } = watched();
    using waiting = awaited.begin(newId(), 0);
    await waiting.wait(1);
  });

  test('wait in an open process only, and are let go by one that closes', async () => {
    const { awaited } = watched();
    using before = awaited.begin(newId(), 0);
    const over = waits(before);
    expect(await over()).toBe(false);
    awaited.close();
    expect(await over()).toBe(true);
    using after = awaited.begin(newId(), 0);
    expect(await waits(after)()).toBe(true);
  });

  test('no more wait than may; the others are answered at once, until one leaves', async () => {
    const { awaited } = watched(2);
    const id = newId();
    const [first, second] = [awaited.begin(id, 0), awaited.begin(newId(), 0)];
    const third = awaited.begin(id, 0);
    const over = [first, second, third].map((one) => waits(one));
    expect(await Promise.all(over.map((one) => one()))).toEqual([false, false, true]);
    third[Symbol.dispose]();
    third[Symbol.dispose]();
    using fourth = awaited.begin(id, 0);
    expect(await waits(fourth)()).toBe(true);
    first[Symbol.dispose]();
    fourth[Symbol.dispose]();
    using fifth = awaited.begin(id, 0);
    const waitsOn = waits(fifth);
    expect(await waitsOn()).toBe(false);
    for (const waiting of [first, second, fifth]) waiting.end();
  });

  test('what a look cannot read is seen by the next one', async () => {
    const id = newId();
    let fails = true;
    const awaited = new AwaitedOrders(async () => {
      if (fails) throw new Error('no database');
      return new Map([[id, stands('COMPLETED', 5)]]);
    }, 1);
    awaited.open();
    using waiting = awaited.begin(id, 0);
    const over = waits(waiting);
    await expect(awaited.look()).rejects.toThrow('no database');
    expect(await over()).toBe(false);
    fails = false;
    await awaited.look();
    expect(await over()).toBe(true);
  });
});
