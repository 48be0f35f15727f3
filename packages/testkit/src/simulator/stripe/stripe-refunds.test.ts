import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '../../until.js';
import { simulatorBench, type SimulatorBench } from '../testing/simulator-bench.js';

let bench: SimulatorBench;
let intent: string;
beforeEach(async () => {
  bench = await simulatorBench();
  await bench.start();
  intent = await captured();
});
afterEach(() => bench.close());

async function captured(): Promise<string> {
  const { body } = await bench.call('POST', '/v1/payment_intents', {
    amount: '1000',
    currency: 'eur',
    payment_method: 'pm_card_visa',
    confirm: 'true',
    capture_method: 'manual',
    'metadata[order_id]': 'order-1',
  });
  await bench.call('POST', `/v1/payment_intents/${String(body['id'])}/capture`, {});
  return String(body['id']);
}
const refund = (amount: number, fields: object = {}, key?: string) =>
  bench.call('POST', '/v1/refunds', { payment_intent: intent, amount: String(amount), ...fields }, key);
const byHand = (what: string, fields: object = {}) =>
  bench.call('POST', `/dashboard/authorizations/${intent}/${what}`, fields);
const types = () => bench.told.map(({ type }) => type);
const objectOf = (type: string) =>
  (bench.told.find((told) => told.type === type)?.data['object'] ?? {}) as Record<string, unknown>;

test('a refund carries its metadata, is found by its id and listed, the newest first', async () => {
  const made = await refund(200, { 'metadata[refund_id]': 'r1', 'expand[0]': 'payment_intent.latest_charge' }, 'k');
  expect(made).toMatchObject({
    status: 200,
    body: {
      object: 'refund',
      amount: 200,
      currency: 'eur',
      status: 'succeeded',
      metadata: { refund_id: 'r1' },
      payment_intent: { id: intent, latest_charge: { amount_refunded: 200 } },
    },
  });
  await byHand('refund', { amount: 300 });
  expect(await refund(200, { 'metadata[refund_id]': 'r1', 'expand[0]': 'payment_intent.latest_charge' }, 'k')).toEqual(
    made,
  );
  const other = await captured();
  await bench.call('POST', '/v1/refunds', { payment_intent: other });
  const id = String(made.body['id']);
  expect(await bench.call('GET', `/v1/refunds/${id}`)).toMatchObject({ body: { id, payment_intent: intent } });
  const list = async (query: string) => (await bench.call('GET', `/v1/refunds?${query}`)).body;
  const first = await list(`payment_intent=${intent}&limit=1`);
  expect(first).toMatchObject({ object: 'list', has_more: true, data: [{ amount: 300, metadata: {} }] });
  const after = (first['data'] as { id: string }[])[0]!.id;
  expect(await list(`payment_intent=${intent}&starting_after=${after}`)).toMatchObject({
    has_more: false,
    data: [{ id }],
  });
  expect(await list('limit=100')).toMatchObject({ data: [{ amount: 1_000 }, { amount: 300 }, { amount: 200 }] });
  expect(await bench.call('GET', '/v1/refunds?starting_after=re_x')).toMatchObject({ status: 404 });
  expect(await bench.call('GET', '/v1/refunds/re_x')).toMatchObject({ status: 404 });
});

test('the charge holds the newest ten refunds when it is asked for them', async () => {
  for (let n = 1; n <= 11; n += 1) await refund(n);
  const expand = 'expand[0]=latest_charge&expand[1]=latest_charge.refunds';
  const { body } = await bench.call('GET', `/v1/payment_intents/${intent}?${expand}`);
  const { refunds } = body['latest_charge'] as { refunds: { data: { amount: number }[]; has_more: boolean } };
  expect(refunds).toMatchObject({ object: 'list', has_more: true });
  expect(refunds.data.map(({ amount }) => amount)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  const listed = await bench.call('GET', '/v1/payment_intents?expand[0]=data.latest_charge.refunds');
  expect(listed.body['data']).toMatchObject([{ latest_charge: { refunds: { has_more: true } } }]);
  expect((await bench.call('GET', `/v1/payment_intents/${intent}?expand[0]=latest_charge`)).body).not.toHaveProperty(
    'latest_charge.refunds',
  );
});

test('what is not captured at the dashboard of an old account is a refund of which nothing went back', async () => {
  const authorize = async (): Promise<string> => {
    const fields = { amount: '1000', currency: 'eur', payment_method: 'pm', confirm: 'true', capture_method: 'manual' };
    return String((await bench.call('POST', '/v1/payment_intents', fields)).body['id']);
  };
  const chargeOf = async () =>
    (await bench.call('GET', `/v1/payment_intents/${intent}?expand[0]=latest_charge.refunds`)).body['latest_charge'];
  const bookedAmount = async () => (await bench.call('GET', `/v1/balance_transactions/txn_${intent}`)).body['amount'];
  intent = await authorize();
  expect(await bench.call('GET', `/v1/balance_transactions/txn_${intent}`)).toMatchObject({ status: 404 });
  expect(await chargeOf()).toMatchObject({ balance_transaction: null });
  await byHand('capture', { amount: 600 });
  expect(await chargeOf()).toMatchObject({ amount_captured: 600, amount_refunded: 0, refunds: { data: [] } });
  expect(await bookedAmount()).toBe(600);

  intent = await authorize();
  await byHand('capture', { amount: 600, restAsRefund: true });
  const rest = { amount: 400, metadata: {}, reason: null, status: 'succeeded' };
  expect(await chargeOf()).toMatchObject({
    amount: 1_000,
    amount_captured: 600,
    amount_refunded: 400,
    refunded: false,
    balance_transaction: `txn_${intent}`,
    refunds: { data: [rest] },
  });
  expect(await bookedAmount()).toBe(1_000);
  await until('the refund is reported', () => types().includes('charge.refund.updated'));
  expect(types()).toEqual(expect.arrayContaining(['payment_intent.succeeded', 'refund.created', 'charge.refunded']));
  expect(objectOf('refund.created')).toMatchObject({ ...rest, payment_intent: intent });
  const { id } = objectOf('refund.created');
  expect(await bench.call('POST', `/dashboard/refunds/${String(id)}/update`, { status: 'FAILED' })).toMatchObject({
    status: 409,
  });
  expect(await refund(600)).toMatchObject({ status: 200 });
  expect(await chargeOf()).toMatchObject({ amount_refunded: 1_000, refunded: true });
  expect(await refund(1)).toMatchObject({ status: 400 });
  expect(await bench.call('GET', `/v1/refunds?payment_intent=${intent}`)).toMatchObject({
    body: { data: [{ amount: 600 }, { id, amount: 400 }] },
  });
  expect((await bench.simulator.ledger()).at(-1)).toMatchObject({ capturedAmount: 600, refundedAmount: 600 });

  intent = await authorize();
  await byHand('capture', { restAsRefund: true });
  expect(await chargeOf()).toMatchObject({ amount_refunded: 0, refunds: { data: [] } });
});

test('a refund that changes is reported by its own events, with why it failed', async () => {
  await bench.start({ behaviour: { pending: 100 }, laterMs: 3_600_000 });
  const { body } = await refund(400);
  expect(body).toMatchObject({ status: 'pending' });
  expect(body).not.toHaveProperty('failure_reason');
  const update = (status: string) =>
    bench.call('POST', `/dashboard/refunds/${String(body['id'])}/update`, { status, reason: 'lost_or_stolen_card' });
  await update('SUCCEEDED');
  await until('refund.updated has come', () => types().includes('refund.updated'));
  await update('FAILED');
  await until('refund.failed has come', () => types().includes('refund.failed'));
  expect(types()).toEqual(expect.arrayContaining(['refund.created', 'charge.refunded']));
  expect(objectOf('refund.failed')).toMatchObject({
    object: 'refund',
    id: body['id'],
    payment_intent: intent,
    status: 'failed',
    failure_reason: 'lost_or_stolen_card',
  });
  expect(objectOf('charge.refunded')).toMatchObject({ object: 'charge', amount_refunded: 400 });
  const { body: now } = await bench.call('GET', `/v1/payment_intents/${intent}?expand[0]=latest_charge`);
  expect(now['latest_charge']).toMatchObject({ amount_refunded: 0, refunded: false });
});

test('a dispute is shown and reported as Stripe does, with what was withheld', async () => {
  await byHand('dispute', { amount: 600, reason: 'product_not_received' });
  const find = async () => (await bench.call('GET', `/v1/disputes?payment_intent=${intent}`)).body;
  const opened = await find();
  expect(opened).toMatchObject({
    object: 'list',
    data: [
      {
        object: 'dispute',
        amount: 600,
        payment_intent: intent,
        reason: 'product_not_received',
        status: 'needs_response',
        evidence_details: { due_by: expect.any(Number) },
        balance_transactions: [{ amount: -600 }],
      },
    ],
  });
  expect(await refund(1)).toMatchObject({ status: 400, body: { error: { code: 'charge_disputed' } } });
  const [{ id } = { id: '' }] = opened['data'] as { id: string }[];
  await until('charge.dispute.funds_withdrawn has come', () => types().includes('charge.dispute.funds_withdrawn'));
  await bench.call('POST', `/dashboard/disputes/${id}/close`, { outcome: 'WON' });
  await until('charge.dispute.funds_reinstated has come', () => types().includes('charge.dispute.funds_reinstated'));
  expect(types()).toEqual(expect.arrayContaining(['charge.dispute.created', 'charge.dispute.closed']));
  expect((await bench.call('GET', `/v1/disputes/${id}`)).body).toMatchObject({
    status: 'won',
    balance_transactions: [{ amount: -600 }, { amount: 600 }],
    evidence_details: { due_by: null },
  });
  expect((await bench.call('GET', `/v1/payment_intents/${intent}?expand[0]=latest_charge`)).body).toMatchObject({
    latest_charge: { disputed: true },
  });
});

test('an inquiry is a warning, and becomes a dispute when nobody answers', async () => {
  await byHand('dispute', { inquiry: true });
  const { body } = await bench.call('GET', '/v1/disputes');
  expect(body['data']).toMatchObject([{ status: 'warning_needs_response', balance_transactions: [] }]);
  const [{ id } = { id: '' }] = body['data'] as { id: string }[];
  await bench.call('POST', `/dashboard/disputes/${id}/escalate`);
  await until('charge.dispute.updated has come', () => types().includes('charge.dispute.updated'));
  expect((await bench.call('GET', `/v1/disputes/${id}`)).body).toMatchObject({ status: 'needs_response' });
  await byHand('dispute', { inquiry: true, amount: 1 }).then(({ status }) => expect(status).toBe(409));
});
