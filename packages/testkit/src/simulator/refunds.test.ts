import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../until.js';
import { simulatorBench, type SimulatorBench } from './testing/simulator-bench.js';

let bench: SimulatorBench;
beforeEach(async () => {
  bench = await simulatorBench();
});
afterEach(() => bench.close());

const asked = { amount: 1_000, currency: 'EUR', paymentMethod: 'pm_card', reference: 'order-1' };
/** A captured payment's address. */
async function captured(key = 'k'): Promise<string> {
  const at = `/authorizations/${String((await bench.call('POST', '/authorizations', asked, key)).body['id'])}`;
  await bench.call('POST', `${at}/capture`, {}, `${key}:capture`);
  return at;
}
interface ShownRefund {
  readonly id: string;
}
const refundsOf = (body: Record<string, unknown>): ShownRefund[] => body['refunds'] as ShownRefund[];

test('each refund is a thing of its own, with what the merchant wrote on it; it outlives the process', async () => {
  await bench.start();
  const at = await captured();
  const refund = (n: number) =>
    bench.call('POST', `${at}/refund`, { amount: 200, metadata: { refund_id: `r${n}` } }, `refund-${n}`);
  const first = await refund(1);
  expect(first).toMatchObject({ status: 200, body: { status: 'PARTIALLY_REFUNDED', refundedAmount: 200 } });
  await bench.call('POST', `/dashboard${at}/refund`, { amount: 300 });
  await refund(2);
  const refunds = [
    { amount: 200, status: 'SUCCEEDED', reason: null, metadata: { refund_id: 'r1' }, by: 'api' },
    { amount: 300, status: 'SUCCEEDED', reason: null, metadata: {}, by: 'dashboard' },
    { amount: 200, status: 'SUCCEEDED', reason: null, metadata: { refund_id: 'r2' }, by: 'api' },
  ];
  await bench.start();
  expect(await bench.call('GET', at)).toMatchObject({ body: { refundedAmount: 700, refunds } });
  expect((await bench.simulator.ledger())[0]).toMatchObject({ refundedAmount: 700, refunds });
  // a key repeats what was answered then, and its refund was the first
  expect(await refund(1)).toEqual(first);
  expect(await bench.call('POST', `${at}/refund`, { amount: 400 }, 'too-much')).toMatchObject({
    status: 409,
    body: { error: { code: 'amount_too_large' } },
  });
});

test('one that fails or is cancelled, at once or after it had arrived, no longer counts', async () => {
  await bench.start({ behaviour: { pending: 100 }, laterMs: 3_600_000 });
  const at = await captured();
  const made: string[] = [];
  for (const amount of [500, 300, 200]) {
    const { body } = await bench.call('POST', `${at}/refund`, { amount }, `refund-${amount}`);
    made.push(refundsOf(body).at(-1)!.id);
  }
  expect(await bench.call('GET', at)).toMatchObject({ body: { status: 'REFUNDED', refundedAmount: 1_000 } });
  const update = (n: number, status: string, reason?: string) =>
    bench.call('POST', `/dashboard/refunds/${made[n]}/update`, { status, reason });
  expect(await update(0, 'SUCCEEDED')).toMatchObject({
    body: { refunds: [{ status: 'SUCCEEDED', reason: null }, {}, {}] },
  });
  expect(await update(0, 'CANCELED')).toMatchObject({ status: 409 });
  expect(await update(0, 'FAILED', 'expired_or_canceled_card')).toMatchObject({
    body: {
      status: 'PARTIALLY_REFUNDED',
      refundedAmount: 500,
      refunds: [{ reason: 'expired_or_canceled_card' }, {}, {}],
    },
  });
  expect(await update(1, 'CANCELED')).toMatchObject({ body: { status: 'PARTIALLY_REFUNDED', refundedAmount: 200 } });
  expect(await update(2, 'FAILED')).toMatchObject({ body: { status: 'CAPTURED', refundedAmount: 0 } });
  for (const n of [0, 1, 2]) expect(await update(n, 'SUCCEEDED')).toMatchObject({ status: 409 });
  expect(await bench.call('POST', '/dashboard/refunds/re_x/update', { status: 'FAILED' })).toMatchObject({
    status: 404,
  });
});

test('what is done at the dashboard is reported as what it is, with all there is of the payment', async () => {
  await bench.start();
  const { body } = await bench.call('POST', '/authorizations', asked, 'k');
  const id = String(body['id']);
  const byHand = (what: string, fields: object = {}) =>
    bench.call('POST', `/dashboard/authorizations/${id}/${what}`, fields);
  expect(await byHand('capture', { amount: 1_001 })).toMatchObject({ status: 409 });
  expect(await byHand('capture', { amount: 900 })).toMatchObject({ body: { status: 'CAPTURED', capturedAmount: 900 } });
  expect(await byHand('void')).toMatchObject({ status: 409 });
  const [refund] = refundsOf((await byHand('refund', { amount: 300 })).body);
  await bench.call('POST', `/dashboard/refunds/${refund!.id}/update`, { status: 'FAILED' });
  const other = String((await bench.call('POST', '/authorizations', asked, 'other')).body['id']);
  expect(await bench.call('POST', `/dashboard/authorizations/${other}/void`)).toMatchObject({
    body: { status: 'VOIDED' },
  });
  await until('all webhooks have come', () => bench.told.length === 6);
  const types = bench.told.filter(({ data }) => data['id'] === id).map(({ type }) => type);
  expect(types.toSorted()).toEqual([
    'authorization.authorized',
    'authorization.captured',
    'refund.created',
    'refund.failed',
  ]);
  expect(bench.told.find(({ type }) => type === 'refund.failed')).toMatchObject({
    data: { id, refundedAmount: 0, refunds: [{ id: refund!.id, status: 'FAILED', by: 'dashboard' }], disputes: [] },
  });
  // the same by hand is done again, and what was refused left no trace
  expect((await readFile(bench.ledgerFile, 'utf8')).split('\n').filter((line) => line !== '')).toHaveLength(6);
});

describe('keys', () => {
  test.each([
    ['when they are old', { keysForgottenAfterMs: 0 }, () => Promise.resolve()],
    ['when they are to be', {}, () => bench.call('POST', '/dashboard/forget-keys')],
  ])('are forgotten %s: then the same request is a new one, also after a restart', async (_when, options, forget) => {
    await bench.start(options);
    const at = await captured();
    const refund = () => bench.call('POST', `${at}/refund`, { amount: 200 }, 'same');
    await refund();
    await forget();
    expect(await refund()).toMatchObject({ status: 200, body: { refundedAmount: 400 } });
    await forget();
    await bench.start(options);
    expect(await refund()).toMatchObject({ status: 200, body: { refundedAmount: 600 } });
  });

  test('are kept as long as they are to be', async () => {
    await bench.start({ keysForgottenAfterMs: 3_600_000 });
    const at = await captured();
    for (let n = 0; n < 2; n += 1) await bench.call('POST', `${at}/refund`, { amount: 200 }, 'same');
    expect(await bench.call('GET', at)).toMatchObject({ body: { refundedAmount: 200 } });
  });
});

test('a ledger of an earlier version is refused with a word of why', async () => {
  await bench.start();
  await captured();
  await bench.simulator.close();
  const lines = (await readFile(bench.ledgerFile, 'utf8')).trim().split('\n');
  const line = JSON.parse(lines.at(-1)!) as { key: string; authorization: object };
  const refunded = { ...line.authorization, status: 'REFUNDED', refundedAmount: 1_000, refunds: undefined };
  await appendFile(bench.ledgerFile, `${JSON.stringify({ ...line, key: 'r', authorization: refunded })}\n`);
  await expect(bench.start()).rejects.toMatchObject({
    code: 'LEDGER_CORRUPT',
    message: expect.stringMatching(/Line 3 of .*earlier version.*new file/u),
  });
  await writeFile(bench.ledgerFile, '');
  await bench.start();
});
