import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '../until.js';
import { simulatorBench, type SimulatorBench } from './testing/simulator-bench.js';

let bench: SimulatorBench;
let id: string;
beforeEach(async () => {
  bench = await simulatorBench();
  await bench.start();
  const asked = { amount: 1_000, currency: 'EUR', paymentMethod: 'pm_card', reference: 'order-1' };
  id = String((await bench.call('POST', '/authorizations', asked, 'k')).body['id']);
});
afterEach(() => bench.close());

const capture = () => bench.call('POST', `/authorizations/${id}/capture`, {}, 'c');
const dispute = (fields: object = {}) => bench.call('POST', `/dashboard/authorizations/${id}/dispute`, fields);
const change = (disputeId: string, what: string, fields: object = {}) =>
  bench.call('POST', `/dashboard/disputes/${disputeId}/${what}`, fields);
const last = (body: Record<string, unknown>) => (body['disputes'] as { id: string }[]).at(-1)!;

test.each([
  ['WON', 0],
  ['LOST', 600],
])('a dispute withholds its amount until it is %s', async (outcome, kept) => {
  expect(await dispute()).toMatchObject({ status: 409 });
  await capture();
  const { body } = await dispute({ amount: 600, reason: 'product_not_received' });
  const opened = last(body);
  expect(opened).toMatchObject({
    amount: 600,
    withheldAmount: 600,
    reason: 'product_not_received',
    status: 'OPEN',
    inquiry: false,
    respondBy: expect.stringMatching(/Z$/u),
  });
  // the bank has the money already
  expect(await bench.call('POST', `/authorizations/${id}/refund`, {}, 'r')).toMatchObject({
    status: 409,
    body: { error: { code: 'disputed' } },
  });
  expect(await dispute({ amount: 401 })).toMatchObject({ status: 409 });
  expect(await change(opened.id, 'close', { outcome: 'CLOSED' })).toMatchObject({ status: 409 });
  expect(last((await change(opened.id, 'close', { outcome })).body)).toMatchObject({
    status: outcome,
    withheldAmount: kept,
    respondBy: null,
  });
  expect(await change(opened.id, 'close', { outcome })).toMatchObject({ status: 409 });
  await until('all webhooks have come', () => bench.told.length === 4);
  expect(bench.told.map(({ type }) => type)).toEqual(expect.arrayContaining(['dispute.created', 'dispute.closed']));
  await bench.start();
  expect((await bench.simulator.ledger())[0]).toMatchObject({ disputes: [{ status: outcome, withheldAmount: kept }] });
});

test('an inquiry withholds nothing, can be refunded, closed, or become a dispute', async () => {
  await capture();
  const first = last((await dispute({ inquiry: true, amount: 400 })).body);
  expect(first).toMatchObject({ amount: 400, withheldAmount: 0, inquiry: true });
  expect(await bench.call('POST', `/authorizations/${id}/refund`, { amount: 100 }, 'r')).toMatchObject({ status: 200 });
  expect(await change(first.id, 'close', { outcome: 'WON' })).toMatchObject({ status: 409 });
  expect(last((await change(first.id, 'close', { outcome: 'CLOSED' })).body)).toMatchObject({ status: 'CLOSED' });
  const second = last((await dispute({ inquiry: true })).body);
  expect(last((await change(second.id, 'escalate')).body)).toMatchObject({ inquiry: false, withheldAmount: 1_000 });
  await until('dispute.updated has come', () => bench.told.some(({ type }) => type === 'dispute.updated'));
  expect(await change('dp_x', 'escalate')).toMatchObject({ status: 404 });
});
