import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startSimulator, type Simulator, type SimulatorOptions } from '../index.js';

let directory: string;
let simulator: Simulator;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'simulator-'));
  simulator = await start();
});
afterEach(async () => {
  await simulator.close();
  await rm(directory, { recursive: true });
});

const start = (options: Partial<SimulatorOptions> = {}) =>
  startSimulator({ ledgerFile: join(directory, 'ledger.jsonl'), ...options });

interface Answered {
  readonly status: number;
  readonly replayed: string | null;
  readonly body: Record<string, unknown> & { readonly error?: Record<string, unknown> };
}

async function call(
  method: string,
  path: string,
  { form, key, secret = 'sk_test_1' }: { form?: Record<string, string>; key?: string; secret?: string } = {},
): Promise<Answered> {
  const response = await fetch(`${simulator.url}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${secret}`, ...(key !== undefined && { 'idempotency-key': key }) },
    ...(form !== undefined && { body: new URLSearchParams(form) }),
  });
  expect(response.headers.get('request-id')).toMatch(/^req_/u);
  const replayed = response.headers.get('idempotent-replayed');
  return { status: response.status, replayed, body: (await response.json()) as Answered['body'] };
}

const asked = {
  amount: '1200',
  currency: 'eur',
  payment_method: 'pm_card_visa',
  confirm: 'true',
  capture_method: 'manual',
  'metadata[order_id]': 'order-1',
  'metadata[payment_key]': 'k1',
};
const make = (key: string, change: Record<string, string> = {}) =>
  call('POST', '/payment_intents', { form: { ...asked, ...change }, key });

test('a key repeats its answer, also a refusal and after a restart, and is good for one request', async () => {
  const first = await make('k1');
  expect(first).toMatchObject({ status: 200, replayed: null, body: { status: 'requires_capture', amount: 1_200 } });
  const at = `/payment_intents/${String(first.body['id'])}`;
  expect(await call('POST', `${at}/cancel`, { form: {}, key: 'v' })).toMatchObject({ body: { status: 'canceled' } });
  const refusal = { status: 400, body: { error: { code: 'payment_intent_unexpected_state' } } };
  expect(await call('POST', `${at}/capture`, { form: {}, key: 'c' })).toMatchObject(refusal);
  await simulator.close();
  simulator = await start();
  expect(await make('k1')).toEqual({ ...first, replayed: 'true' });
  expect(await call('POST', `${at}/capture`, { form: {}, key: 'c' })).toMatchObject(refusal);
  for (const change of [{ amount: '1' }, { 'metadata[order_id]': 'order-2' }] as Record<string, string>[]) {
    expect(await make('k1', change)).toMatchObject({ status: 400, body: { error: { type: 'idempotency_error' } } });
  }
  expect(await simulator.ledger()).toMatchObject([{ reference: 'order-1', currency: 'EUR', status: 'VOIDED' }]);
});

test('shows the charge as a whole when it is asked for, and by its id otherwise', async () => {
  const { body } = await make('k1', { 'expand[0]': 'latest_charge' });
  expect(body).toMatchObject({ latest_charge: { object: 'charge', amount_refunded: 0, captured: false } });
  const { body: plain } = await call('GET', `/payment_intents/${String(body['id'])}`);
  expect(plain['latest_charge']).toBe((body['latest_charge'] as { id: string }).id);
});

test('finds by a label, and lists a span of time, the newest first', async () => {
  const ids: unknown[] = [];
  for (const key of ['k1', 'k2', 'k3']) ids.push((await make(key, { 'metadata[payment_key]': key })).body['id']);
  const search = encodeURIComponent(`metadata['payment_key']:'k2'`);
  expect((await call('GET', `/payment_intents/search?query=${search}`)).body['data']).toMatchObject([{ id: ids[1] }]);
  const list = async (query: string) => {
    const { body } = await call('GET', `/payment_intents?${query}`);
    return { ids: (body['data'] as { id: string }[]).map(({ id }) => id), more: body['has_more'] };
  };
  expect(await list('limit=2')).toEqual({ ids: [ids[2], ids[1]], more: true });
  expect(await list(`limit=2&starting_after=${String(ids[1])}`)).toEqual({ ids: [ids[0]], more: false });
  expect(await list('created[lt]=1000')).toEqual({ ids: [], more: false });
});

test('a decline is an error of 402 that holds the intent', async () => {
  await simulator.close();
  simulator = await start({ behaviour: { declines: 100 } });
  expect(await make('k1')).toMatchObject({
    status: 402,
    body: {
      error: {
        type: 'card_error',
        code: 'card_declined',
        payment_intent: { status: 'requires_payment_method', last_payment_error: { code: 'card_declined' } },
      },
    },
  });
});

test.each<[string, number, object, () => Promise<Answered>]>([
  ['no test key', 401, {}, () => call('GET', '/payment_intents', { secret: 'sk_live_1' })],
  ['an unknown field', 400, { code: 'parameter_unknown', param: 'tip' }, () => make('k', { tip: '1' })],
  ['no amount', 400, { param: 'amount' }, () => make('k', { amount: '0' })],
  [
    'a wrong member',
    400,
    { param: 'automatic_payment_methods[enabled]' },
    () => make('k', { 'automatic_payment_methods[enabled]': 'perhaps' }),
  ],
  ['a field used twice', 400, { type: 'invalid_request_error' }, () => make('k', { 'amount[0]': '1' })],
  [
    'an unknown payment',
    404,
    { code: 'resource_missing', param: 'intent' },
    () => call('POST', '/payment_intents/pi_x/capture', { form: {}, key: 'k' }),
  ],
  [
    'a refund of one',
    404,
    { code: 'resource_missing', param: 'payment_intent' },
    () => call('POST', '/refunds', { form: { payment_intent: 'pi_x', amount: '1' }, key: 'k' }),
  ],
  ['a search for much', 400, { param: 'query' }, () => call('GET', '/payment_intents/search?query=amount>5')],
  ['a route that is not spoken', 404, { type: 'invalid_request_error' }, () => call('GET', '/customers')],
])('refuses %s in Stripe’s form, and writes nothing', async (_what, status, error, request) => {
  expect(await request()).toMatchObject({ status, body: { error } });
  expect(await simulator.ledger()).toEqual([]);
});
