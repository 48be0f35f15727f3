import { expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { applyDisputes } from './disputes.js';
import type { Payment, Refund } from './payment.js';
import type { ProviderDispute } from './provider-answer.js';
import { applyRefunds, changedRefunds } from './refunds.js';
import { captured } from './testing/answers.js';

const refundId = newId();
const refund: Refund = {
  id: 're_1',
  refundId,
  amount: 400,
  status: 'SUCCEEDED',
  by: 'order',
  reason: null,
  createdAt: '2026-01-01T00:00:00.000Z',
};
const dispute: ProviderDispute = {
  id: 'dp_1',
  amount: 900,
  withheldAmount: 900,
  reason: 'fraudulent',
  status: 'OPEN',
  respondBy: null,
  createdAt: '2026-01-01T00:00:00.000Z',
};
const knowing = (known: Refund): Payment => ({
  ...captured,
  refunds: [known],
  refundedAmount: ['PENDING', 'SUCCEEDED'].includes(known.status) ? known.amount : 0,
});
const types = (facts: readonly { readonly type: string }[]) => facts.map(({ type }) => type);

test.each([
  ['SUCCEEDED', 'PENDING'],
  ['FAILED', 'PENDING'],
  ['FAILED', 'SUCCEEDED'],
  ['CANCELED', 'SUCCEEDED'],
  ['FAILED', 'CANCELED'],
  ['SUCCEEDED', 'SUCCEEDED'],
] as const)('F21 a refund that is %s stays so when it is shown as %s once more', (status, shown) => {
  const payment = knowing({ ...refund, status });
  const learnt = applyRefunds(payment, [{ ...refund, status: shown }], null);
  expect(learnt.facts).toEqual([]);
  // the same object: by that the caller sees that nothing has changed
  expect(learnt.payment).toBe(payment);
});

test('F27 a refund of ours that fails is a fact only after it had succeeded, and when no command answers for it', () => {
  const failed = { ...refund, status: 'FAILED', reason: 'bank\u0000closed' } as const;
  expect(applyRefunds(knowing(refund), [failed], null)).toMatchObject({
    payment: { refundedAmount: 0, refunds: [{ status: 'FAILED', reason: 'bank closed' }] },
    facts: [{ type: 'PAYMENT_REFUND_RETURNED', payload: { refundId, amount: 400, reason: 'bank closed' } }],
  });
  expect(applyRefunds(knowing(refund), [failed], refundId).facts).toEqual([]);
  expect(applyRefunds(knowing({ ...refund, status: 'PENDING' }), [failed], newId()).facts).toEqual([]);
  expect(applyRefunds(captured, [failed], null).facts).toEqual([]);
});

test('a refund that nobody here asked for is a fact when it counts, and again when it does not any more', () => {
  const byHand = { ...refund, refundId: null, status: 'PENDING' } as const;
  const { payment, facts } = applyRefunds(captured, [byHand], null);
  expect(types(facts)).toEqual(['PAYMENT_PROVIDER_REFUNDED']);
  expect(applyRefunds(payment, [{ ...byHand, status: 'SUCCEEDED' }], null).facts).toEqual([]);
  expect(types(applyRefunds(payment, [{ ...byHand, status: 'CANCELED' }], null).facts)).toEqual([
    'PAYMENT_PROVIDER_REFUND_RETURNED',
  ]);
  expect(applyRefunds(captured, [{ ...byHand, status: 'FAILED' }], null).facts).toEqual([]);
});

test('a refund under a label that is no id of ours was made at the provider', () => {
  const labelled = { ...refund, id: 're_2', refundId: 'goodwill', amount: 100 };
  const { payment, facts } = applyRefunds(captured, [labelled], null);
  expect(payment.refunds).toMatchObject([{ id: 're_2', by: 'provider', refundId: null, amount: 100 }]);
  expect(facts).toMatchObject([
    { type: 'PAYMENT_PROVIDER_REFUNDED', payload: { providerRefundId: 're_2', amount: 100 } },
  ]);
});

test('F21 changed refunds of a refund id are those shown otherwise than before, and none of another id', () => {
  const failed = { ...refund, status: 'FAILED' } as const;
  const second = { ...refund, id: 're_2' };
  const others = [
    { ...refund, id: 're_3', refundId: newId() },
    { ...refund, id: 're_4', refundId: null },
  ];
  expect(changedRefunds(knowing(refund), [...others, refund, failed, second], refundId)).toEqual([failed, second]);
});

test('the sum never says more than was captured, in whatever order refunds are shown', () => {
  const other = { ...refund, id: 're_2', refundId: null, amount: 900 } as const;
  const { payment } = applyRefunds(knowing(refund), [other], null);
  expect(payment.refundedAmount).toBe(900);
  expect(applyRefunds(payment, [{ ...refund, status: 'FAILED' }], null).payment.refundedAmount).toBe(900);
});

test('a dispute that has ended is not opened again, and what is withheld for an open one only grows', () => {
  const open = applyDisputes(captured, [{ ...dispute, withheldAmount: 0 }]);
  expect(types(open.facts)).toEqual(['PAYMENT_DISPUTED']);
  const withheld = applyDisputes(open.payment, [dispute]);
  expect(types(withheld.facts)).toEqual(['PAYMENT_DISPUTED']);
  expect(applyDisputes(withheld.payment, [{ ...dispute, withheldAmount: 0 }]).facts).toEqual([]);
  expect(applyDisputes(withheld.payment, [dispute]).facts).toEqual([]);
  const won = applyDisputes(withheld.payment, [{ ...dispute, status: 'WON' }]);
  expect(won).toMatchObject({
    payment: { disputes: [{ status: 'WON', withheldAmount: 0 }] },
    facts: [{ type: 'PAYMENT_DISPUTE_CLOSED', payload: { outcome: 'WON', withheldAmount: 0 } }],
  });
  expect(applyDisputes(won.payment, [dispute]).facts).toEqual([]);
});

test('a dispute that is first shown when it is lost has its beginning and its end reported, and what stays withheld', () => {
  const lost = applyDisputes(captured, [{ ...dispute, status: 'LOST' }]);
  expect(types(lost.facts)).toEqual(['PAYMENT_DISPUTED', 'PAYMENT_DISPUTE_CLOSED']);
  expect(lost).toMatchObject({
    payment: { disputes: [{ status: 'LOST', withheldAmount: 900 }] },
    facts: [{ payload: { withheldAmount: 900 } }, { payload: { withheldAmount: 900, outcome: 'LOST' } }],
  });
});
