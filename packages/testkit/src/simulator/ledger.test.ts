import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Authorization } from './authorization.js';
import { capture, type Change } from './changes.js';
import { dispute } from './dispute-changes.js';
import { Ledger, type Beginning, type Decision, type LedgerOptions, type NewAuthorization } from './ledger.js';
import { newRefundId } from './plans.js';
import { refund } from './refund-changes.js';
import { namesOfOneHash } from './testing/names-of-one-hash.js';

let directory: string;
let path: string;
let ledger: Ledger;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ledger-'));
  path = join(directory, 'ledger.jsonl');
  ledger = await open();
});
afterEach(async () => {
  await ledger.close();
  await rm(directory, { recursive: true });
});

const open = (options: Partial<LedgerOptions> = {}): Promise<Ledger> =>
  Ledger.open(path, { fsync: false, keysForgottenAfterMs: undefined, plan: () => [], ...options });
async function reopen(): Promise<void> {
  await ledger.close();
  ledger = await open();
}

const EVER = { from: '2000-01-01T00:00:00.000Z', to: '9999-01-01T00:00:00.000Z', after: undefined };
const BEGINNING: Beginning = { status: 'AUTHORIZED', reason: null, redirectUrl: null };
const labelOf = (n: number): string => `k${n}`;
/** Every second one in Stripe's way. Characters of several bytes: a place is no length of text. */
function asked(n: number, label = labelOf(n)): NewAuthorization {
  const own = { amount: 1_000 + n, currency: 'EUR', paymentMethod: 'pm_card', reference: `order-${n} für 楽天 🎉` };
  const metadata = { payment_key: label, note: 'für 楽天 🎉' };
  return n % 2 === 0 ? own : { ...own, stripe: { metadata, paymentMethod: 'pm_card', returnUrl: null } };
}
const authorize = (n: number, key = `k${n}`, begin = (_id: string): Beginning => BEGINNING): Promise<Decision> =>
  ledger.authorize(key, `asked ${n}`, asked(n), begin);
const change = (id: string, key: string, how: Change): Promise<Decision> =>
  ledger.change({ key, fingerprint: key }, id, how);
const refunding = (amount: number): Change =>
  refund({
    id: newRefundId(),
    amount,
    status: 'SUCCEEDED',
    metadata: { note: '楽天' },
    by: 'api',
    createdAt: ledger.now(),
  });
const disputing = (id: string): Change =>
  dispute({ id, amount: 1, reason: 'général', inquiry: true, respondBy: null, createdAt: ledger.now() });

function authorizationOf(decision: Decision): Authorization {
  if (decision.kind !== 'done') throw new Error(`it is ${decision.kind}`);
  return decision.authorization;
}
const linesOfFile = async (): Promise<string[]> => (await readFile(path, 'utf8')).split('\n').slice(0, -1);

/** A request, and what it came to when it was first made. */
interface Asked {
  readonly ask: () => Promise<Decision>;
  readonly decision: Decision;
}

/** An order, and what happens to some: its id, and the requests that were made. */
async function order(n: number): Promise<{ readonly id: string; readonly requests: readonly Asked[] }> {
  const requests: Asked[] = [];
  const request = async (ask: () => Promise<Decision>): Promise<Decision> => {
    const decision = await ask();
    requests.push({ ask, decision });
    return decision;
  };
  const { id } = authorizationOf(await request(() => authorize(n)));
  await request(() => change(id, `capture-${n}`, capture(undefined)));
  if (n % 7 === 0) await request(() => change(id, `again-${n}`, capture(undefined)));
  if (n % 3 === 0) await request(() => change(id, `refund-${n}`, refunding(100)));
  if (n % 6 === 0) await request(() => change(id, `other-refund-${n}`, refunding(50)));
  if (n % 10 === 0) await ledger.change({ by: 'hand' }, id, disputing(`dp_${n}`));
  return { id, requests };
}

test('with many orders, opened again, it answers the same for every id, key, label, refund and dispute', async () => {
  const orders: Awaited<ReturnType<typeof order>>[] = [];
  for (let n = 0; n < 1_500; n += 1) orders.push(await order(n));
  const answers = async () => {
    const all = await ledger.all();
    const numbers = [...all.keys()];
    const things = all.flatMap((one) => [...one.refunds, ...one.disputes].map(({ id }) => id));
    const each = <T, R>(list: readonly T[], one: (item: T) => Promise<R>) => Promise.all(list.map(one));
    return {
      all,
      byId: await each(orders, ({ id }) => ledger.find(id)),
      byKey: await each(numbers, (n) => ledger.findByKey(`k${n}`)),
      byOtherKey: await each(numbers, (n) => ledger.findByKey(`capture-${n}`)),
      byLabel: await each(numbers, (n) => ledger.findByLabel('payment_key', labelOf(n))),
      byRefund: await each(things, (id) => ledger.findOwner('refunds', id)),
      byDispute: await each(things, (id) => ledger.findOwner('disputes', id)),
      newest: await ledger.page(EVER, 20),
      counts: ledger.counts(),
    };
  };
  const before = await answers();
  expect(before.all.map(({ id }) => id)).toEqual(orders.map(({ id }) => id));
  expect(before.all.map(({ reference }) => reference)).toEqual(orders.map((_, n) => asked(n).reference));
  expect(before.byId).toEqual(before.all);
  expect(before.byKey).toEqual(before.all);
  expect(before.byOtherKey.filter((found) => found !== undefined)).toEqual([]);
  expect(before.byLabel).toEqual(before.all.map((one, n) => (n % 2 === 0 ? [] : [one])));
  expect(before.byRefund.filter((found) => found !== undefined)).toHaveLength(500 + 250);
  expect(before.byDispute.filter((found) => found !== undefined)).toHaveLength(150);
  expect(before.newest).toEqual({ data: before.all.slice(-20).toReversed(), hasMore: true });
  expect(before.counts).toEqual({ authorizations: 1_500, captures: 1_500, refunds: 750 });

  await reopen();
  expect(await answers()).toEqual(before);
  const { size } = await stat(path);
  for (const { ask, decision } of orders.flatMap(({ requests }) => requests)) {
    expect(await ask()).toEqual(decision.kind === 'done' ? { ...decision, number: null } : decision);
  }
  expect((await stat(path)).size).toBe(size);
});

test('refunds and disputes are listed the newest first, of all and of one, also after a restart', async () => {
  const [one, other] = [await order(1), await order(2)];
  for (const [n, id] of [one.id, other.id, one.id].entries()) {
    await change(id, `refund-${n}`, refunding(n + 1));
    await ledger.change({ by: 'hand' }, id, disputing(`dp_${n}`));
  }
  await reopen();
  const list = async (of: 'refunds' | 'disputes', id?: string, after?: string, limit = 10) => {
    const page = await ledger.owners(of, id, after, limit);
    return page && { ids: page.data.map(([owned, { id: owner }]) => `${owned} of ${owner}`), more: page.hasMore };
  };
  const disputes = [`dp_2 of ${one.id}`, `dp_1 of ${other.id}`, `dp_0 of ${one.id}`];
  expect(await list('disputes')).toEqual({ ids: disputes, more: false });
  expect(await list('disputes', undefined, undefined, 2)).toEqual({ ids: disputes.slice(0, 2), more: true });
  expect(await list('disputes', undefined, 'dp_1')).toEqual({ ids: disputes.slice(2), more: false });
  expect(await list('disputes', one.id, undefined, 1)).toEqual({ ids: [disputes[0]], more: true });
  expect(await list('disputes', one.id, 'dp_2')).toEqual({ ids: [disputes[2]], more: false });
  expect(await list('disputes', one.id, 'dp_1')).toBeUndefined();
  expect(await list('disputes', 'auth_x')).toEqual({ ids: [], more: false });
  expect(await list('disputes', undefined, 'dp_x')).toBeUndefined();
  const refunds = (await list('refunds'))?.ids;
  expect(refunds?.map((id) => id.split(' of ')[1])).toEqual([one.id, other.id, one.id]);
  const [amounts, owner] = [refunds?.map((id) => id.split(' of ')[0]), await ledger.find(one.id)];
  expect(owner?.refunds.map(({ id }) => id).toReversed()).toEqual([amounts?.[0], amounts?.[2]]);
});

test.each([
  ['before a write has begun', () => Promise.resolve()],
  ['while it runs', () => nextTurn()],
])('requests that come %s meet the effect of those that it writes', async (_when, wait) => {
  const numbers = Array.from({ length: 1_500 }, (_, n) => n);
  const ids: string[] = [];
  const begin = (id: string): Beginning => {
    ids.push(id);
    return BEGINNING;
  };
  const made = numbers.map((n) => authorize(n, `k${n}`, begin));
  await wait();
  const again = numbers.map((n) => authorize(n));
  const other = numbers.map((n) => authorize(n + 1, `k${n}`));
  const captured = numbers.map((n) => change(ids[n] ?? '', `c${n}`, capture(undefined)));
  const found = numbers.map((n) => ledger.find(ids[n] ?? ''));
  const all = ledger.all();
  expect((await Promise.all(again)).map((decision) => authorizationOf(decision).id)).toEqual(ids);
  expect(await Promise.all(made)).toMatchObject(
    numbers.map((number) => ({ number, authorization: { id: ids[number] } })),
  );
  expect(new Set((await Promise.all(other)).map(({ kind }) => kind))).toEqual(new Set(['key-reused']));
  const done = (await Promise.all(captured)).map(authorizationOf);
  expect(done).toMatchObject(ids.map((id) => ({ id, status: 'CAPTURED' })));
  expect(await Promise.all(found)).toEqual(done);
  expect(await all).toEqual(done);
  expect(await linesOfFile()).toHaveLength(3_000);
});

test('nothing is shown before it is in the file', async () => {
  let id = '';
  const made = authorize(1, 'k', (begun) => {
    id = begun;
    return BEGINNING;
  });
  const shown = [
    ledger.find(id),
    ledger.findByKey('k'),
    ledger.findByLabel('payment_key', labelOf(1)),
    ledger.page(EVER, 1),
    ledger.all(),
  ].map(async (found) => JSON.stringify(await found).includes(id) && readFileSync(path, 'utf8').includes(id));
  expect(await Promise.all(shown)).toEqual([true, true, true, true, true]);
  await made;
});

test('those that a label is written on are found, oldest first', async () => {
  for (const n of [1, 3, 5]) await ledger.authorize(`k${n}`, '', asked(n, 'same'), () => BEGINNING);
  const amounts = async () => (await ledger.findByLabel('payment_key', 'same')).map(({ amount }) => amount);
  expect(await amounts()).toEqual([1_001, 1_003, 1_005]);
  await reopen();
  expect(await amounts()).toEqual([1_001, 1_003, 1_005]);
});

test('keys and labels of one hash are different ones, also after a restart', async () => {
  const keys = namesOfOneHash((text) => `key-${text}`);
  const labels = namesOfOneHash((text) => JSON.stringify(['payment_key', `label-${text}`])).map(
    (label) => (JSON.parse(label) as [string, string])[1],
  );
  const made = [];
  for (const n of [0, 1] as const) {
    const decision = await ledger.authorize(keys[n], `asked ${n}`, asked(1, labels[n]), () => BEGINNING);
    made.push(authorizationOf(decision));
  }
  expect(made[0]).not.toEqual(made[1]);
  for (let times = 0; times < 2; times += 1) {
    for (const n of [0, 1] as const) {
      expect(await ledger.findByKey(keys[n])).toEqual(made[n]);
      expect(await ledger.findByLabel('payment_key', labels[n] ?? '')).toEqual([made[n]]);
      expect(await ledger.authorize(keys[n], 'asked otherwise', asked(1), () => BEGINNING)).toEqual({
        kind: 'key-reused',
      });
    }
    await reopen();
  }
});

test('ids of one hash are those of different authorisations, refunds and disputes', async () => {
  const ids = [(await order(0)).id, (await order(60)).id];
  const before = await ledger.all();
  await ledger.close();
  let text = await readFile(path, 'utf8');
  const same = (kind: string) => namesOfOneHash((text) => `${kind}_${text}`);
  const [auth, re, dp] = [same('auth'), same('re'), same('dp')];
  for (const n of [0, 1] as const) {
    text = text.replaceAll(ids[n] ?? '', auth[n]).replaceAll(before[n]?.refunds[0]?.id ?? '', re[n]);
    text = text.replaceAll(before[n]?.disputes[0]?.id ?? '', dp[n]);
  }
  await writeFile(path, text);
  ledger = await open();
  expect((await ledger.all()).map(({ amount }) => amount)).toEqual([1_000, 1_060]);
  for (const n of [0, 1] as const) {
    const one = await ledger.find(auth[n]);
    expect(one).toMatchObject({
      id: auth[n],
      amount: 1_000 + 60 * n,
      refunds: [{ id: re[n] }, {}],
      disputes: [{ id: dp[n] }],
    });
    expect(await ledger.findOwner('refunds', re[n])).toEqual(one);
    expect(await ledger.findOwner('disputes', dp[n])).toEqual(one);
    expect(await ledger.findOwner('refunds', dp[n])).toBeUndefined();
  }
});

test('what a key made first is found by it, also when the key was forgotten and made another', async () => {
  const first = authorizationOf(await authorize(1, 'k'));
  await ledger.forgetKeys();
  const second = await authorize(2, 'k');
  expect(authorizationOf(second).id).not.toBe(first.id);
  await reopen();
  expect(await ledger.findByKey('k')).toEqual(first);
  expect(await authorize(2, 'k')).toEqual({ ...second, number: null });
  expect(await authorize(1, 'k')).toEqual({ kind: 'key-reused' });
});

test('a key that is too old is decided again, once', async () => {
  const first = authorizationOf(await authorize(1, 'k'));
  await ledger.close();
  await writeFile(path, (await readFile(path, 'utf8')).replace(/"at":"\d{4}/u, '"at":"2000'));
  ledger = await open({ keysForgottenAfterMs: 3_600_000 });
  const second = await authorize(2, 'k');
  expect(authorizationOf(second).id).not.toBe(first.id);
  expect(await authorize(2, 'k')).toEqual({ ...second, number: null });
  expect(await ledger.findByKey('k')).toEqual(first);
});

describe('in memory', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  /** In bytes: objects, and the arrays of numbers, which are outside of the heap. */
  const held = async (): Promise<number> => {
    // what a first collection lets go of outside of the heap is gone after another one
    for (let times = 0; times < 2; times += 1) {
      await nextTurn();
      collect();
    }
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };

  test('are no orders but the last ones', async () => {
    const made: WeakRef<Authorization>[] = [];
    for (let n = 0; n < 4_000; n += 1) made.push(new WeakRef(authorizationOf(await authorize(n))));
    await held();
    expect(made.filter((one) => one.deref() !== undefined).length).toBeLessThan(600);
    expect(await ledger.all()).toHaveLength(4_000);
  });

  test('is little for each order, made or read from the file', async () => {
    const ORDERS = 10_000;
    const make = async (n: number): Promise<void> => {
      const { id } = authorizationOf(await authorize(n));
      await change(id, `capture-${n}`, capture(undefined));
    };
    const before = await held();
    for (let n = 0; n < ORDERS; n += 100) await Promise.all(Array.from({ length: 100 }, (_, m) => make(n + m)));
    expect((await held()) - before).toBeLessThan(0.35 * 1_024 * ORDERS);
    await reopen();
    expect((await held()) - before).toBeLessThan(0.35 * 1_024 * ORDERS);
    expect(ledger.counts()).toMatchObject({ authorizations: ORDERS, captures: ORDERS });
  });
});
