import { newId } from '@outrider/contracts';
import { applyAnswer, type TriedCommand } from '../apply-update.js';
import type { Command, Request } from '../command.js';
import type { Operation, Payment } from '../payment.js';
import type { ProviderAnswer, ProviderRecord, ProviderRefund } from '../provider-answer.js';

/** What tests of a provider’s answer start from. */
export const pending: Payment = {
  id: newId(),
  orderId: newId(),
  status: 'PENDING',
  amount: 900,
  currency: 'EUR',
  paymentMethod: 'pm',
  capturedAmount: 0,
  refundedAmount: 0,
  refunds: [],
  disputes: [],
  providerReference: null,
  reason: null,
  code: null,
  action: null,
  released: false,
};
export const authorized: Payment = { ...pending, status: 'AUTHORIZED', providerReference: 'auth_1' };
export const captured: Payment = { ...authorized, status: 'CAPTURED', capturedAmount: 900 };

export const REQUESTS = {
  CREATE: { kind: 'CREATE', amount: 900, currency: 'EUR', paymentMethod: 'pm' },
  CONFIRM: { kind: 'CONFIRM', amount: 900 },
  RELEASE: { kind: 'RELEASE', reason: 'cancelled' },
  REFUND: { kind: 'REFUND', refundId: newId(), amount: 400 },
} as const satisfies Record<string, Request>;

export const command = (kind: keyof typeof REQUESTS): Command => ({ commandId: newId(), request: REQUESTS[kind] });
export const tried = (
  kind: keyof typeof REQUESTS,
  operation: Operation['kind'],
  amount = 900,
  more: Partial<TriedCommand> = {},
): TriedCommand => ({
  ...command(kind),
  operation: { kind: operation, amount },
  inDoubt: false,
  round: 0,
  tries: 0,
  ...more,
});

export const at: ProviderRecord = {
  reference: 'auth_1',
  status: 'AUTHORIZED',
  capturedAmount: 0,
  refunds: [],
  disputes: [],
  reason: null,
};
export const refund = (amount: number, more: Partial<ProviderRefund> = {}): ProviderRefund => ({
  id: 're_1',
  refundId: null,
  amount,
  status: 'SUCCEEDED',
  reason: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  ...more,
});
export const given = (...refunds: readonly ProviderRefund[]) =>
  ({ status: 'CAPTURED', capturedAmount: 900, refunds }) as const;
export const shows = (record: Partial<ProviderRecord>): ProviderAnswer => ({
  kind: 'record',
  record: { ...at, ...record },
});
export const TIMED_OUT: ProviderAnswer = { kind: 'unanswered', reached: true, reason: 'TimeoutError' };
export const NOT_REACHED: ProviderAnswer = { kind: 'unanswered', reached: false, reason: 'ECONNREFUSED' };
export const ACTION = { redirectUrl: 'https://pay.example/act', expiresAt: '2026-01-01T00:09:00.000Z' };
export const NOW = new Date('2026-01-01T00:00:00Z');
export const applied = (payment: Payment, running: TriedCommand, waiting: readonly Command[], answer: ProviderAnswer) =>
  applyAnswer<Command>(payment, running, waiting, answer, NOW);
export const mustAct = (more: Partial<ProviderRecord> = {}): ProviderAnswer =>
  shows({ status: 'REQUIRES_ACTION', action: ACTION, ...more });
export const no = (record?: Partial<ProviderRecord>): ProviderAnswer => ({
  kind: 'refused',
  reason: 'not\u0000now',
  ...(record && { record: { ...at, ...record } }),
});
