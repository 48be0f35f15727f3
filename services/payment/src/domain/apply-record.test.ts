import { expect, test } from '@jest/globals';
import type { Payment } from './payment.js';
import type { ProviderRecord } from './provider-answer.js';
import { applyRefundsAndDisputes, applyRecord, applyIdleRecord } from './apply-record.js';
import { captured } from './testing/answers.js';

const shown: ProviderRecord = {
  reference: 'auth_1',
  status: 'CAPTURED',
  capturedAmount: 900,
  refunds: [],
  disputes: [],
  reason: null,
};
const refund = {
  id: 're_1',
  refundId: null,
  amount: 400,
  status: 'SUCCEEDED',
  reason: null,
  createdAt: '2026-01-01T00:00:00.000Z',
} as const;

test.each(['AUTHORIZED', 'VOIDED', 'DECLINED', 'REQUIRES_ACTION', 'CAPTURED'] as const)(
  'F21 what was captured stays captured, with its amount, when an older answer shows it %s',
  (status) => {
    // the same object: by that the caller sees that nothing has changed
    const old = { ...shown, status, capturedAmount: 0 };
    expect(applyRecord(captured, old, undefined).payment).toBe(captured);
    expect(applyIdleRecord(captured, old).payment).toBe(captured);
  },
);

test('F21 a refund that comes while another request is in doubt ends no doubt', () => {
  const inDoubt: Payment = { ...captured, status: 'IN_DOUBT' };
  const learnt = applyRefundsAndDisputes(inDoubt, { refunds: [refund], disputes: [] }, undefined);
  expect(learnt.payment).toMatchObject({ status: 'IN_DOUBT', refundedAmount: 400, refunds: [{ id: 're_1' }] });
  expect(applyRefundsAndDisputes(captured, { refunds: [refund], disputes: [] }, undefined).payment.status).toBe(
    'PARTIALLY_REFUNDED',
  );
});

test('nothing is given back of what is not captured', () => {
  const authorized: Payment = { ...captured, status: 'AUTHORIZED', capturedAmount: 0 };
  expect(applyRefundsAndDisputes(authorized, { refunds: [refund], disputes: [] }, undefined)).toEqual({
    payment: authorized,
    facts: [],
  });
});
