import { describe, expect, test } from '@jest/globals';
import { newId, type ProductQuantity } from '@outrider/contracts';
import { advanceSaga } from './saga.js';
import type { SagaInput } from './saga-input.js';
import { commandIdOf, refundCommandIdOf } from './saga-command.js';
import { openCommands } from './open-commands.js';
import { SAGA_STEPS, startSaga, statusOf, type Saga, type SagaStep } from './saga-state.js';
import { DEFAULT_TIMING } from './saga-timing.js';

const NOW = new Date('2026-01-01T00:00:00Z');
const MINUTE = 60_000;
const orderId = newId();
const stock = {
  create: commandIdOf(orderId, 'RESERVATION_CREATE_REQUEST'),
  confirm: commandIdOf(orderId, 'RESERVATION_CONFIRM_REQUEST'),
  release: commandIdOf(orderId, 'RESERVATION_RELEASE_REQUEST'),
};
const money = {
  create: commandIdOf(orderId, 'PAYMENT_CREATE_REQUEST'),
  confirm: commandIdOf(orderId, 'PAYMENT_CONFIRM_REQUEST'),
  release: commandIdOf(orderId, 'PAYMENT_RELEASE_REQUEST'),
};
const reservationId = newId();
const paymentId = newId();
const expiresAt = NOW.toISOString();
const TOTAL = 500;

const RESERVED = {
  type: 'RESERVATION_CREATION_SUCCEEDED',
  payload: { commandId: stock.create, reservationId, expiresAt },
} as const;
const NOT_RESERVED = {
  type: 'RESERVATION_CREATION_FAILED',
  payload: { commandId: stock.create, reason: 'OUT_OF_STOCK', lines: [] as ProductQuantity[] },
} as const;
const EXPIRED = { type: 'RESERVATION_EXPIRED', payload: {} } as const;
const CONFIRMED = { type: 'RESERVATION_CONFIRM', payload: { commandId: stock.confirm } } as const;
const NOT_CONFIRMED = {
  type: 'RESERVATION_CONFIRM_FAILED',
  payload: { commandId: stock.confirm, reason: 'EXPIRED' },
} as const;
const RELEASED = { type: 'RESERVATION_RELEASE', payload: { commandId: stock.release, restocked: false } } as const;
const AUTHORISED = {
  type: 'PAYMENT_CREATION_SUCCEEDED',
  payload: { commandId: money.create, paymentId, amount: TOTAL },
} as const;
const ACTION = {
  type: 'PAYMENT_ACTION_REQUIRED',
  payload: { commandId: money.create, paymentId, redirectUrl: 'https://bank.example/3ds', expiresAt },
} as const;
const DECLINED = {
  type: 'PAYMENT_CREATION_FAILED',
  payload: { commandId: money.create, reason: 'card declined', code: 'card-declined' },
} as const;
const CAPTURED = { type: 'PAYMENT_CONFIRM', payload: { commandId: money.confirm, capturedAmount: TOTAL } } as const;
const NOT_CAPTURED = {
  type: 'PAYMENT_CONFIRM_FAILED',
  payload: { commandId: money.confirm, reason: 'expired card' },
} as const;
const MONEY_CLOSED = {
  type: 'PAYMENT_RELEASE',
  payload: { commandId: money.release, voided: true, refundedAmount: 0 },
} as const;
const MONEY_BACK = {
  type: 'PAYMENT_RELEASE',
  payload: { commandId: money.release, voided: false, refundedAmount: TOTAL },
} as const;
const check = commandIdOf(orderId, 'CHECK_REQUESTED');
const PASSED = { type: 'CHECK_PASSED', payload: { commandId: check } } as const;
const REFUSED = { type: 'CHECK_REFUSED', payload: { commandId: check, code: 'credit-limit' } } as const;
const REVIEW = { type: 'CHECK_REVIEW', payload: { commandId: check } } as const;
const refundId = newId();
const pieces: ProductQuantity[] = [{ productId: newId(), quantity: 1 }];
const refundOf = (amount: number, restock: ProductQuantity[] = []): SagaInput => ({
  type: 'REFUND',
  refund: { refundId, amount, restock },
  reason: 'broken',
});
const REFUNDED = {
  type: 'PAYMENT_REFUNDED',
  payload: { commandId: refundCommandIdOf(refundId, 'PAYMENT_REFUND_REQUEST'), refundId, amount: 200 },
} as const;
const NOT_REFUNDED = {
  type: 'PAYMENT_REFUND_FAILED',
  payload: { commandId: REFUNDED.payload.commandId, refundId, reason: 'account closed' },
} as const;
const RESTOCKED = {
  type: 'RESERVATION_RESTOCKED',
  payload: { commandId: refundCommandIdOf(refundId, 'RESERVATION_RESTOCK_REQUEST'), refundId },
} as const;
const DEADLINE = { type: 'DEADLINE' } as const;
const RETRY = { type: 'RETRY' } as const;
const CANCEL = { type: 'CANCEL' } as const;

/** The saga after these inputs, each at its time in milliseconds from the start. */
function given(inputs: readonly SagaInput[], total = TOTAL, checked = false): Saga {
  return inputs.reduce(
    (saga, input) => {
      const advance = advanceSaga(saga, input, NOW);
      if (advance.kind === 'ignored') throw new Error(`${input.type} was ignored: ${advance.reason}`);
      return advance.saga;
    },
    startSaga({ id: orderId, total, checked }, '1.0.0', NOW, DEFAULT_TIMING),
  );
}

function when(saga: Saga, input: SagaInput, afterMs = 0) {
  const advance = advanceSaga(saga, input, new Date(NOW.getTime() + afterMs));
  if (advance.kind === 'ignored') return { ignored: advance.reason };
  const { step, outcome, why } = advance.saga;
  const reason = why === null ? null : why.detail === null ? why.code : `${why.code}: ${why.detail}`;
  return { step, status: advance.status, outcome, reason, sent: advance.send.map(({ type }) => type) };
}

const BOTH_RELEASES = ['RESERVATION_RELEASE_REQUEST', 'PAYMENT_RELEASE_REQUEST'];

describe('the saga of an order', () => {
  test('begins by asking for the reservation', () => {
    const saga = given([]);
    expect({ step: saga.step, status: statusOf(saga), version: saga.version }).toEqual({
      step: 'RESERVING',
      status: 'CREATED',
      version: 1,
    });
    expect(openCommands(saga)).toEqual([{ leg: 'stock', type: 'RESERVATION_CREATE_REQUEST', commandId: stock.create }]);
  });

  test.each<[string, SagaInput[], SagaInput, number, object]>([
    ['reserved', [], RESERVED, 0, { step: 'AUTHORIZING', status: 'PAYING', sent: ['PAYMENT_CREATE_REQUEST'] }],
    [
      'not reserved',
      [],
      NOT_RESERVED,
      0,
      { step: 'DONE', status: 'FAILED', reason: 'out-of-stock: OUT_OF_STOCK', sent: [] },
    ],
    [
      'reserving takes too long',
      [],
      DEADLINE,
      15 * MINUTE,
      { step: 'COMPENSATING', status: 'COMPENSATING', outcome: 'FAILED', sent: ['RESERVATION_RELEASE_REQUEST'] },
    ],
    [
      'expired before the answer to the reservation',
      [],
      EXPIRED,
      0,
      { step: 'COMPENSATING', outcome: 'FAILED', sent: ['RESERVATION_RELEASE_REQUEST'] },
    ],
    [
      'cancelled while reserving',
      [],
      CANCEL,
      0,
      { step: 'COMPENSATING', status: 'CANCELLING', outcome: 'CANCELLED', sent: ['RESERVATION_RELEASE_REQUEST'] },
    ],
    [
      'authorised',
      [RESERVED],
      AUTHORISED,
      0,
      { step: 'CONFIRMING', status: 'PAYING', sent: ['RESERVATION_CONFIRM_REQUEST'] },
    ],
    [
      'the customer must act',
      [RESERVED],
      ACTION,
      0,
      { step: 'AUTHORIZING', status: 'PAYING', sent: ['RESERVATION_EXTEND_REQUEST'] },
    ],
    [
      'the customer has acted',
      [RESERVED, ACTION],
      AUTHORISED,
      0,
      { step: 'CONFIRMING', status: 'PAYING', sent: ['RESERVATION_CONFIRM_REQUEST'] },
    ],
    [
      'declined',
      [RESERVED],
      DECLINED,
      0,
      { step: 'COMPENSATING', outcome: 'PAYMENT_FAILED', reason: 'card-declined: card declined', sent: BOTH_RELEASES },
    ],
    [
      'authorising takes too long',
      [RESERVED],
      DEADLINE,
      10 * MINUTE,
      { step: 'COMPENSATING', outcome: 'PAYMENT_FAILED', reason: 'payment-timeout', sent: BOTH_RELEASES },
    ],
    [
      'authorised another amount',
      [RESERVED],
      { ...AUTHORISED, payload: { ...AUTHORISED.payload, amount: TOTAL - 1 } },
      0,
      {
        step: 'COMPENSATING',
        outcome: 'PAYMENT_FAILED',
        reason: 'amount-mismatch: authorised 499 of 500',
        sent: BOTH_RELEASES,
      },
    ],
    [
      'F25 expired while paying',
      [RESERVED],
      EXPIRED,
      0,
      { step: 'COMPENSATING', outcome: 'FAILED', sent: BOTH_RELEASES },
    ],
    [
      'cancelled while paying',
      [RESERVED],
      CANCEL,
      0,
      { status: 'CANCELLING', outcome: 'CANCELLED', sent: BOTH_RELEASES },
    ],
    [
      'confirmed',
      [RESERVED, AUTHORISED],
      CONFIRMED,
      0,
      { step: 'CAPTURING', status: 'PAID', sent: ['PAYMENT_CONFIRM_REQUEST'] },
    ],
    [
      'not confirmed',
      [RESERVED, AUTHORISED],
      NOT_CONFIRMED,
      0,
      { step: 'COMPENSATING', outcome: 'FAILED', reason: 'reservation-expired: EXPIRED', sent: BOTH_RELEASES },
    ],
    ['expired before confirmed', [RESERVED, AUTHORISED], EXPIRED, 0, { outcome: 'FAILED', sent: BOTH_RELEASES }],
    ['cancelled while confirming', [RESERVED, AUTHORISED], CANCEL, 0, { status: 'CANCELLING', sent: BOTH_RELEASES }],
    ['captured', [RESERVED, AUTHORISED, CONFIRMED], CAPTURED, 0, { step: 'DONE', status: 'COMPLETED', sent: [] }],
    [
      'F26 not captured',
      [RESERVED, AUTHORISED, CONFIRMED],
      NOT_CAPTURED,
      0,
      { step: 'COMPENSATING', outcome: 'PAYMENT_FAILED', reason: 'payment-failed: expired card', sent: BOTH_RELEASES },
    ],
    [
      'captured another amount',
      [RESERVED, AUTHORISED, CONFIRMED],
      { ...CAPTURED, payload: { ...CAPTURED.payload, capturedAmount: TOTAL - 1 } },
      0,
      { step: 'COMPENSATING', outcome: 'PAYMENT_FAILED', sent: BOTH_RELEASES },
    ],
    [
      'cancelled while capturing: noted',
      [RESERVED, AUTHORISED, CONFIRMED],
      CANCEL,
      0,
      { step: 'CAPTURING', status: 'PAID', sent: [] },
    ],
    [
      'F44 captured after cancelling was asked',
      [RESERVED, AUTHORISED, CONFIRMED, CANCEL],
      CAPTURED,
      0,
      { status: 'CANCELLING', outcome: 'CANCELLED', sent: BOTH_RELEASES },
    ],
    [
      'F44 not captured after cancelling was asked',
      [RESERVED, AUTHORISED, CONFIRMED, CANCEL],
      NOT_CAPTURED,
      0,
      { status: 'CANCELLING', outcome: 'CANCELLED', sent: BOTH_RELEASES },
    ],
    ['stock closed, money open', [RESERVED, DECLINED], RELEASED, 0, { step: 'COMPENSATING', sent: [] }],
    ['money closed, stock open', [RESERVED, DECLINED], MONEY_CLOSED, 0, { step: 'COMPENSATING', sent: [] }],
    [
      'both closed',
      [RESERVED, DECLINED, MONEY_CLOSED],
      RELEASED,
      0,
      { step: 'DONE', status: 'PAYMENT_FAILED', sent: [] },
    ],
    [
      'both closed, money back',
      [RESERVED, AUTHORISED, CONFIRMED, CANCEL, CAPTURED, RELEASED],
      MONEY_BACK,
      0,
      { step: 'DONE', status: 'CANCELLED', sent: [] },
    ],
    ['only stock to close', [CANCEL], RELEASED, 0, { step: 'DONE', status: 'CANCELLED', sent: [] }],
  ])('%s', (_, inputs, input, afterMs, expected) => {
    expect(when(given(inputs), input, afterMs)).toMatchObject(expected);
  });

  test('a total of 0 never asks payment', () => {
    const confirming = given([RESERVED], 0);
    expect(confirming).toMatchObject({ step: 'CONFIRMING', paymentAsked: false });
    expect(when(confirming, CONFIRMED)).toMatchObject({ status: 'COMPLETED', sent: [] });
    expect(when(confirming, NOT_CONFIRMED)).toMatchObject({ sent: ['RESERVATION_RELEASE_REQUEST'] });
  });

  test('money that was captured and not given back keeps the order open', () => {
    const saga = given([RESERVED, AUTHORISED, CONFIRMED, CANCEL, CAPTURED, RELEASED]);
    expect(when(saga, MONEY_CLOSED)).toEqual({
      ignored: 'refunded 0 of the 500 captured: money is still open',
    });
  });

  test('shows what the customer must do until it is done', () => {
    const waiting = given([RESERVED, ACTION]);
    expect(waiting.action).toEqual({ redirectUrl: 'https://bank.example/3ds', expiresAt });
    expect(when(waiting, ACTION)).toEqual({ ignored: 'the order shows it already' });
    expect(given([RESERVED, ACTION, AUTHORISED]).action).toBeNull();
    expect(given([RESERVED, ACTION, DECLINED]).action).toBeNull();
  });

  test('sends an unanswered command again after 1, 2, 4, 8, 10, 10 … minutes, always the same one', () => {
    let saga = given([RESERVED]);
    const waits: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const at = saga.retryAt!;
      waits.push((at.getTime() - NOW.getTime()) / MINUTE);
      expect(advanceSaga({ ...saga, deadlineAt: null }, RETRY, new Date(at.getTime() - 1))).toMatchObject({
        kind: 'ignored',
      });
      const advance = advanceSaga(saga, RETRY, at);
      if (advance.kind === 'ignored') throw new Error(advance.reason);
      expect(advance.send).toEqual([{ leg: 'money', type: 'PAYMENT_CREATE_REQUEST', commandId: money.create }]);
      saga = { ...advance.saga, retryAt: new Date(advance.saga.retryAt!.getTime() - (at.getTime() - NOW.getTime())) };
    }
    expect(waits).toEqual([1, 2, 4, 8, 10, 10]);
  });

  test('only the leg still open is asked again', () => {
    expect(when(given([RESERVED, DECLINED, RELEASED]), RETRY, MINUTE)).toMatchObject({
      sent: ['PAYMENT_RELEASE_REQUEST'],
    });
  });

  test('a deadline that has not come yet is ignored', () => {
    expect(when(given([]), DEADLINE, 15 * MINUTE - 1)).toEqual({ ignored: 'the deadline has not come' });
  });

  test('what a peer says is stored without control characters', () => {
    const declined = { ...DECLINED, payload: { ...DECLINED.payload, reason: 'no\u0000\nmoney\ud800' } };
    expect(when(given([RESERVED]), declined)).toMatchObject({ reason: 'card-declined: no  money ' });
  });
});

describe('a refund', () => {
  const COMPLETED = [RESERVED, AUTHORISED, CONFIRMED, CAPTURED];

  test.each<[string, SagaInput[], SagaInput, object]>([
    ['asks payment', [], refundOf(200), { status: 'REFUNDING', sent: ['PAYMENT_REFUND_REQUEST'] }],
    ['of a part', [refundOf(200)], REFUNDED, { step: 'DONE', status: 'PARTIALLY_REFUNDED', sent: [] }],
    [
      'asks for restock once the money is given back',
      [refundOf(200, pieces)],
      REFUNDED,
      { status: 'REFUNDING', sent: ['RESERVATION_RESTOCK_REQUEST'] },
    ],
    ['ends restocked', [refundOf(200, pieces), REFUNDED], RESTOCKED, { status: 'PARTIALLY_REFUNDED', sent: [] }],
    ['that failed', [refundOf(200)], NOT_REFUNDED, { step: 'DONE', status: 'COMPLETED', sent: [] }],
    [
      'of all',
      [refundOf(TOTAL)],
      { ...REFUNDED, payload: { ...REFUNDED.payload, amount: TOTAL } },
      { step: 'DONE', status: 'REFUNDED' },
    ],
  ])('%s', (_, inputs, input, expected) => {
    expect(when(given([...COMPLETED, ...inputs]), input)).toMatchObject(expected);
  });

  test('F27 of more than is left, of nothing, or beside another is ignored', () => {
    expect(when(given(COMPLETED), refundOf(TOTAL + 1))).toEqual({ ignored: '500 are left to refund' });
    expect(when(given(COMPLETED), refundOf(0))).toEqual({ ignored: 'it gives nothing back' });
    expect(when(given(COMPLETED), refundOf(-1))).toEqual({ ignored: '500 are left to refund' });
    expect(when(given([...COMPLETED, refundOf(200)]), refundOf(1))).toEqual({ ignored: 'another refund is under way' });
    const partly = given([...COMPLETED, refundOf(200), REFUNDED]);
    expect(when(partly, refundOf(301))).toEqual({ ignored: '300 are left to refund' });
    expect(when(partly, REFUNDED)).toMatchObject({ ignored: expect.any(String) });
  });

  test('publishes only when it succeeds', () => {
    const announced = (inputs: SagaInput[], input: SagaInput) => {
      const advance = advanceSaga(given([...COMPLETED, ...inputs]), input, NOW);
      return advance.kind === 'advanced' ? advance.announce : advance.reason;
    };
    const refunded = { type: 'ORDER_REFUNDED', refund: { refundId, amount: 200, by: 'shop' } };
    expect(announced([], refundOf(200))).toBeNull();
    expect(announced([refundOf(200)], REFUNDED)).toEqual(refunded);
    expect(announced([refundOf(200, pieces)], REFUNDED)).toBeNull();
    expect(announced([refundOf(200, pieces), REFUNDED], RESTOCKED)).toEqual(refunded);
    expect(announced([refundOf(200)], NOT_REFUNDED)).toBeNull();
  });
});

describe('F21 what does not fit is ignored, in every step', () => {
  const histories: Readonly<Record<SagaStep, readonly SagaInput[]>> = {
    RESERVING: [],
    CHECKING: [RESERVED],
    AUTHORIZING: [RESERVED],
    CONFIRMING: [RESERVED, AUTHORISED],
    CAPTURING: [RESERVED, AUTHORISED, CONFIRMED],
    COMPENSATING: [RESERVED, DECLINED],
    REFUNDING: [RESERVED, AUTHORISED, CONFIRMED, CAPTURED, refundOf(200, pieces)],
    DONE: [RESERVED, AUTHORISED, CONFIRMED, CAPTURED],
  };
  const replies = [
    RESERVED,
    NOT_RESERVED,
    CONFIRMED,
    NOT_CONFIRMED,
    RELEASED,
    AUTHORISED,
    ACTION,
    DECLINED,
    CAPTURED,
    NOT_CAPTURED,
    MONEY_CLOSED,
    REFUNDED,
    NOT_REFUNDED,
    RESTOCKED,
    PASSED,
    REFUSED,
    REVIEW,
  ] as const;

  test.each(Object.keys(histories) as (keyof typeof histories)[])('%s', (step) => {
    const saga = given(histories[step], TOTAL, step === 'CHECKING');
    expect(saga.step).toBe(step);
    const open = new Set(openCommands(saga).map(({ commandId }) => commandId));
    for (const reply of replies) {
      // the answer to another step's command
      const stray = advanceSaga(saga, reply, NOW);
      if (!open.has(reply.payload.commandId)) expect(stray).toMatchObject({ kind: 'ignored' });
      // an answer of the wrong kind to the open command
      for (const commandId of open) {
        const wrong = advanceSaga(saga, { ...reply, payload: { ...reply.payload, commandId } } as SagaInput, NOW);
        if (!open.has(reply.payload.commandId)) expect(wrong).toMatchObject({ kind: 'ignored' });
      }
      // an answer to a command of nobody
      const unknown = { ...reply, payload: { ...reply.payload, commandId: newId() } } as SagaInput;
      expect(advanceSaga(saga, unknown, NOW)).toMatchObject({ kind: 'ignored' });
    }
  });

  test('nothing changes after the end', () => {
    const saga = given(histories.DONE);
    const decision = { type: 'CHECK_DECIDED', decision: { kind: 'pass' }, by: 'person:boss', reason: 'r' } as const;
    for (const input of [EXPIRED, DEADLINE, RETRY, CANCEL, decision]) {
      expect(advanceSaga(saga, input, new Date(NOW.getTime() + 1e9))).toMatchObject({ kind: 'ignored' });
    }
  });

  test('every step is known to the test', () => {
    expect(Object.keys(histories).sort()).toEqual([...SAGA_STEPS].sort());
  });
});

test('ids of commands are UUIDv7, one per order and command', () => {
  const ids = [...Object.values(stock), ...Object.values(money), check, commandIdOf(orderId, 'EXTENSION_FOR_REVIEW')];
  expect(new Set([...ids, orderId]).size).toBe(9);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
});
