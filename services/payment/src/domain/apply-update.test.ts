import { describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { isAbout, isCurrent, completeRecord } from './apply-update.js';
import type { Payment } from './payment.js';
import type { ProviderPart, ProviderRecord } from './provider-answer.js';
import { captured as capturedPayment } from './testing/answers.js';

const captured: Payment = { ...capturedPayment, capturedAmount: 1, provider: 'stripe' };
const part: ProviderPart = { reference: 'auth_1', refunds: [], disputes: [] };
const record: ProviderRecord = { ...part, status: 'AUTHORIZED', capturedAmount: 0, reason: null };

test('an answer counts only for the command and the try that asked for it', () => {
  const [commandId, other] = [newId(), newId()];
  const running = { commandId, version: 2 };
  expect(isCurrent(running, { commandId, version: 2 })).toBe(true);
  expect(isCurrent(running, { commandId, version: 1 })).toBe(false);
  expect(isCurrent(running, { commandId: other, version: 2 })).toBe(false);
});

describe('what the provider shows', () => {
  test.each([
    ['of the name that the payment has there', 'stripe', 'auth_1', true],
    ['before the payment has a name there', 'stripe', null, true],
    ['of another name', 'stripe', 'auth_2', false],
    ['at another provider under the same name', 'simulator', 'auth_1', false],
    ['at another provider before there is a name', 'simulator', null, false],
  ])('%s', (_, provider, providerReference, expected) => {
    expect(isAbout({ ...captured, providerReference }, provider, part)).toBe(expected);
  });

  test('in part is of a captured payment, from its smallest unit; of any other it says too little', () => {
    expect(completeRecord(captured, part)).toEqual({ ...part, status: 'CAPTURED', capturedAmount: 1, reason: null });
    expect(completeRecord({ ...captured, status: 'AUTHORIZED', capturedAmount: 0 }, part)).toBeUndefined();
    expect(completeRecord(captured, record)).toBe(record);
  });

  test('in part may be the release of what was not captured: a refund of as much counts once a lookup has shown it', () => {
    const refund = { id: 're_1', refundId: null, amount: 400, status: 'SUCCEEDED', reason: null } as const;
    const refunds = [{ ...refund, createdAt: '2026-01-01T00:00:00.000Z' }];
    const payment = { ...captured, amount: 1_000, capturedAmount: 600 };
    const shown: ProviderPart = { ...part, refunds, mayBeRelease: true };
    const counted = (of: Payment, by = shown) => completeRecord(of, by)?.refunds;
    expect(counted(payment)).toEqual([]);
    expect(counted({ ...payment, refunds: [{ ...refunds[0]!, by: 'provider' }] })).toEqual(refunds);
    expect(counted({ ...payment, capturedAmount: 700 })).toEqual(refunds);
    expect(counted(payment, { ...part, refunds })).toEqual(refunds);
    const ours = [{ ...refunds[0]!, refundId: newId() }];
    expect(counted(payment, { ...shown, refunds: ours })).toEqual(ours);
  });
});
