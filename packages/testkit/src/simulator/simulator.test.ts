import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startSimulator, type Simulator, type SimulatorOptions } from './index.js';
import { Ledger } from './ledger.js';

let directory: string;
let ledgerFile: string;
let simulator: Simulator | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'simulator-'));
  ledgerFile = join(directory, 'ledger.jsonl');
});

afterEach(async () => {
  await simulator?.close();
  simulator = undefined;
  await rm(directory, { recursive: true });
});

async function start(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  await simulator?.close();
  simulator = await startSimulator({ ledgerFile, ...options });
  return simulator;
}

interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown> & { error?: { code: string } };
}

async function call(method: string, path: string, body?: unknown, key?: string): Promise<Answered> {
  const response = await fetch(`${simulator!.url}${path}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key && { 'idempotency-key': key }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answered['body'] };
}

const asked = { amount: 1_250, currency: 'EUR', paymentMethod: 'pm_card', reference: 'order-1' };

test('authorises, captures, refunds in part and then the rest', async () => {
  await start();
  const { status, body } = await call('POST', '/authorizations', asked, 'k1');
  expect(status).toBe(201);
  expect(body).toMatchObject({ status: 'AUTHORIZED', amount: 1_250, reference: 'order-1', capturedAmount: 0 });
  const at = `/authorizations/${String(body['id'])}`;
  expect(await call('POST', `${at}/capture`, { amount: 1_250 }, 'k2')).toMatchObject({
    status: 200,
    body: { status: 'CAPTURED', capturedAmount: 1_250 },
  });
  expect(await call('POST', `${at}/void`, {}, 'k3')).toMatchObject({
    status: 409,
    body: { error: { code: 'impossible_in_state' } },
  });
  expect(await call('POST', `${at}/refund`, { amount: 250 }, 'k4')).toMatchObject({
    body: { status: 'PARTIALLY_REFUNDED' },
  });
  expect(await call('POST', `${at}/refund`, { amount: 1_001 }, 'k5')).toMatchObject({
    status: 409,
    body: { error: { code: 'amount_too_large' } },
  });
  expect(await call('POST', `${at}/refund`, { amount: 1_000 }, 'k6')).toMatchObject({
    body: { status: 'REFUNDED', refundedAmount: 1_250 },
  });
  expect(await call('GET', at)).toMatchObject({ status: 200, body: { status: 'REFUNDED' } });
  expect(await call('GET', '/authorizations?key=k1')).toMatchObject({ status: 200, body: { id: body['id'] } });
  expect((await call('GET', '/ledger')).body).toEqual({ data: await simulator!.ledger() });
});

test('one key, one effect: concurrently, later, and refused with another body', async () => {
  await start();
  const answers = await Promise.all(Array.from({ length: 20 }, () => call('POST', '/authorizations', asked, 'same')));
  expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(1);
  const first = answers[0]!;
  await call('POST', `/authorizations/${String(first.body['id'])}/void`, {}, 'v');
  expect((await call('POST', '/authorizations', asked, 'same')).body).toEqual(first.body);
  expect(await call('POST', '/authorizations', { ...asked, amount: 1 }, 'same')).toMatchObject({
    status: 422,
    body: { error: { code: 'key_reused' } },
  });
  expect(await simulator!.ledger()).toHaveLength(1);
});

test.each([
  ['no key', asked, undefined],
  ['amount 0', { ...asked, amount: 0 }, 'k'],
  ['a negative amount', { ...asked, amount: -1 }, 'k'],
  ['a fraction', { ...asked, amount: 1.5 }, 'k'],
  ['an unknown field', { ...asked, extra: 1 }, 'k'],
  ['no body', undefined, 'k'],
])('refuses %s and writes nothing', async (_what, body, key) => {
  await start();
  expect((await call('POST', '/authorizations', body, key)).status).toBe(400);
  expect(await readFile(ledgerFile, 'utf8')).toBe('');
});

test('unknown authorisations and keys are 404', async () => {
  await start();
  expect((await call('POST', '/authorizations/auth_x/capture', {}, 'k')).status).toBe(404);
  expect((await call('GET', '/authorizations/auth_x')).status).toBe(404);
  expect((await call('GET', '/authorizations?key=k')).status).toBe(404);
});

test('lists a span of time in pages, the newest first, also after a restart', async () => {
  await start();
  for (let n = 0; n < 5; n += 1) await call('POST', '/authorizations', { ...asked, reference: `order-${n}` }, `k${n}`);
  await start();
  const list = async (query: object) => {
    const { status, body } = await call('GET', `/authorizations?${new URLSearchParams({ ...query }).toString()}`);
    const data = body['data'] as { id: string; reference: string }[] | undefined;
    return { status, data, references: data?.map(({ reference }) => reference), hasMore: body['hasMore'] };
  };
  const from = new Date(0).toISOString();
  const all = { createdFrom: from, createdTo: '2999-01-01T00:00:00.000Z' };
  const first = await list({ ...all, limit: 2 });
  expect(first).toMatchObject({ status: 200, references: ['order-4', 'order-3'], hasMore: true });
  expect(await list({ ...all, limit: 3, after: first.data![1]!.id })).toMatchObject({
    references: ['order-2', 'order-1', 'order-0'],
    hasMore: false,
  });
  expect(await list({ createdFrom: from, createdTo: from })).toMatchObject({ references: [], hasMore: false });
  const { createdAt } = (await simulator!.ledger())[2]!;
  expect((await list({ ...all, createdTo: createdAt })).references).not.toContain('order-2');
  expect((await list({ ...all, createdFrom: createdAt })).references).toEqual(
    expect.arrayContaining(['order-4', 'order-3', 'order-2']),
  );
  for (const wrong of [{}, { ...all, limit: 101 }, { ...all, after: 'auth_x' }, { ...all, createdFrom: 'today' }]) {
    expect(await list(wrong)).toMatchObject({ status: 400 });
  }
});

test('the same number is declined for a seed whatever the ids, also with a restart in the middle', async () => {
  const behaviour = { declines: 10 };
  await start({ behaviour, seed: 5 });
  await Promise.all(Array.from({ length: 60 }, (_, n) => call('POST', '/authorizations', asked, `a${n}`)));
  await start({ behaviour, seed: 5 });
  await Promise.all(Array.from({ length: 40 }, (_, n) => call('POST', '/authorizations', asked, `b${n}`)));
  const declined = (await simulator!.ledger()).map(({ status }) => status === 'DECLINED');
  expect(declined.filter(Boolean)).toHaveLength(10);
  ledgerFile = join(directory, 'other.jsonl');
  await start({ behaviour, seed: 5 });
  for (let n = 0; n < 100; n += 1)
    await call('POST', '/authorizations', { ...asked, reference: `other-${n}` }, `c${n}`);
  expect((await simulator!.ledger()).map(({ status }) => status === 'DECLINED')).toEqual(declined);
});

test('goes on where another left off: books, keys and answers; a line cut off by a kill is dropped', async () => {
  await start();
  const first = await call('POST', '/authorizations', asked, 'k1');
  const books = await simulator!.ledger();
  await simulator!.close();
  simulator = undefined;
  await appendFile(ledgerFile, '{"key":"k2","finger');
  await start();
  expect(await simulator!.ledger()).toEqual(books);
  expect((await call('POST', '/authorizations', asked, 'k1')).body).toEqual(first.body);
  expect((await call('POST', '/authorizations', asked, 'k2')).status).toBe(201);
  await start();
  expect(await simulator!.ledger()).toHaveLength(2);
});

test('a request that still waits when it closes, and reads a file that is closed, is no failure', async () => {
  const ledger = await Ledger.open(ledgerFile, { fsync: false, keysForgottenAfterMs: undefined, plan: () => [] });
  const make = (_: unknown, n: number) =>
    ledger.authorize(`k${n}`, '', asked, () => ({ status: 'AUTHORIZED', reason: null, redirectUrl: null }));
  // so many that the first is read from the file
  await Promise.all(Array.from({ length: 2_000 }, make));
  const [{ id } = { id: '' }] = await ledger.all();
  await ledger.close();
  const unexpected: unknown[] = [];
  await start({ latencyMs: 300, onUnexpected: (error) => unexpected.push(error) });
  const gone = call('GET', `/authorizations/${id}`).catch(() => 'no answer');
  // is taken after it, and answered at once
  await call('GET', '/livez');
  await simulator!.close();
  expect(await gone).toBe('no answer');
  await sleep(400);
  expect(unexpected).toEqual([]);
});

test('the customer approves or denies, once; until then it can be voided and not captured', async () => {
  await start({ behaviour: { actions: 100 } });
  const act = (url: unknown, outcome: string) => call('POST', String(url).replace(simulator!.url, ''), { outcome });
  const make = async (key: string) => (await call('POST', '/authorizations', asked, key)).body;
  const first = await make('k1');
  expect(first).toMatchObject({ status: 'REQUIRES_ACTION', redirectUrl: expect.stringContaining(simulator!.url) });
  expect(await call('POST', `/authorizations/${String(first['id'])}/capture`, {}, 'c')).toMatchObject({ status: 409 });
  expect(await act(first['redirectUrl'], 'approve')).toMatchObject({ status: 200, body: { status: 'AUTHORIZED' } });
  expect(await act(first['redirectUrl'], 'approve')).toMatchObject({ status: 200 });
  expect(await act(first['redirectUrl'], 'deny')).toMatchObject({ status: 422 });
  expect(await act((await make('k2'))['redirectUrl'], 'deny')).toMatchObject({ body: { status: 'DECLINED' } });
  const third = await make('k3');
  expect(await call('POST', `/authorizations/${String(third['id'])}/void`, {}, 'v')).toMatchObject({ status: 200 });
  expect(await act(third['redirectUrl'], 'approve')).toMatchObject({ status: 409 });
  expect((await simulator!.ledger()).map(({ status }) => status)).toEqual(['AUTHORIZED', 'DECLINED', 'VOIDED']);
});

test.each(['not JSON\n', '{"key":"k"}\n{"some":"thing"}\n'])(
  'refuses to start on a file that is no ledger: %j',
  async (text) => {
    await writeFile(ledgerFile, text);
    await expect(start()).rejects.toMatchObject({ code: 'LEDGER_CORRUPT' });
  },
);
