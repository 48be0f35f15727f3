import { describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { cancellationOf } from './cancellation.js';
import { keepStockUntil } from './customer-action.js';
import { newlySent } from './open-commands.js';
import { commandIdOf } from './saga-command.js';
import type { SagaInput } from './saga-input.js';
import { startSaga, type Saga } from './saga-state.js';
import { DEFAULT_TIMING } from './saga-timing.js';
import { advanceSaga } from './saga.js';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const at = (minutes: number): Date => new Date(START + minutes * MINUTE);
const orderId = newId();
const commandId = commandIdOf(orderId, 'CHECK_REQUESTED');

const RESERVED: SagaInput = {
  type: 'RESERVATION_CREATION_SUCCEEDED',
  payload: {
    commandId: commandIdOf(orderId, 'RESERVATION_CREATE_REQUEST'),
    reservationId: newId(),
    expiresAt: at(15).toISOString(),
  },
};
const PASSED: SagaInput = { type: 'CHECK_PASSED', payload: { commandId } };
const REFUSED: SagaInput = {
  type: 'CHECK_REFUSED',
  payload: { commandId, code: 'credit-limit', reason: '20 are open' },
};
const REVIEW: SagaInput = { type: 'CHECK_REVIEW', payload: { commandId, reason: 'new' } };
const person = { by: 'person:boss', reason: 'has called' };
const PASS: SagaInput = { type: 'CHECK_DECIDED', decision: { kind: 'pass' }, ...person };
const REFUSE: SagaInput = { type: 'CHECK_DECIDED', decision: { kind: 'refuse', code: 'address-unknown' }, ...person };

/** The saga of a checked order after inputs, each at its minute; the first that is ignored throws. */
function given(...inputs: readonly (readonly [SagaInput, number])[]): Saga {
  return inputs.reduce(
    (saga, [input, minute]) => {
      const advance = advanceSaga(saga, input, at(minute));
      if (advance.kind === 'ignored') throw new Error(`${input.type} was ignored: ${advance.reason}`);
      return advance.saga;
    },
    startSaga({ id: orderId, total: 500, checked: true }, '1', at(0), DEFAULT_TIMING),
  );
}

function when(saga: Saga, input: SagaInput, minute = 1) {
  const advance = advanceSaga(saga, input, at(minute));
  if (advance.kind === 'ignored') return { ignored: advance.reason };
  const { step, check, checkCode, outcome } = advance.saga;
  const sent = advance.send.map(({ type }) => type);
  return { step, status: advance.status, check, checkCode, outcome, sent, why: advance.why };
}

const CHECKING = given([RESERVED, 0]);
const IN_REVIEW = given([RESERVED, 0], [REVIEW, 1]);

describe('the check of an order', () => {
  test('is asked for once the stock is reserved, before payment is asked for anything', () => {
    expect(when(given(), RESERVED)).toMatchObject({
      step: 'CHECKING',
      status: 'CREATED',
      check: 'ASKED',
      sent: ['CHECK_REQUESTED'],
    });
    expect(CHECKING.paymentAsked).toBe(false);
  });

  test('is not asked for where the order is not to be checked', () => {
    const saga = startSaga({ id: orderId, total: 500 }, '1', at(0), DEFAULT_TIMING);
    expect(when(saga, RESERVED)).toMatchObject({ step: 'AUTHORIZING', check: null });
  });

  test.each<[string, Saga, SagaInput, object]>([
    ['passes', CHECKING, PASSED, { step: 'AUTHORIZING', check: 'PASSED', sent: ['PAYMENT_CREATE_REQUEST'] }],
    ['passes what costs nothing', { ...CHECKING, total: 0 }, PASSED, { step: 'CONFIRMING', check: 'PASSED' }],
    [
      'refuses, with a code of the shop',
      CHECKING,
      REFUSED,
      {
        step: 'COMPENSATING',
        status: 'COMPENSATING',
        outcome: 'FAILED',
        check: 'REFUSED',
        checkCode: 'credit-limit',
        sent: ['RESERVATION_RELEASE_REQUEST'],
        why: { code: 'check-refused', detail: '20 are open' },
      },
    ],
    [
      'leaves it to a person',
      CHECKING,
      REVIEW,
      { step: 'CHECKING', status: 'CREATED', check: 'REVIEW', sent: ['RESERVATION_EXTEND_REQUEST'] },
    ],
    ['leaves it to a person again', IN_REVIEW, REVIEW, { ignored: 'the order waits for a person already' }],
    ['passes after all', IN_REVIEW, PASSED, { step: 'AUTHORIZING', check: 'PASSED' }],
    ['refuses after all', IN_REVIEW, REFUSED, { step: 'COMPENSATING', check: 'REFUSED' }],
    [
      'a person passes it',
      IN_REVIEW,
      PASS,
      { step: 'AUTHORIZING', check: 'PASSED', why: { code: null, detail: 'passed by person:boss: has called' } },
    ],
    [
      'a person refuses it',
      IN_REVIEW,
      REFUSE,
      {
        step: 'COMPENSATING',
        check: 'REFUSED',
        checkCode: 'address-unknown',
        why: { code: 'check-refused', detail: 'refused by person:boss: has called' },
      },
    ],
    ['a person decides before the check', CHECKING, PASS, { step: 'AUTHORIZING', check: 'PASSED' }],
    ['the customer cancels', CHECKING, { type: 'CANCEL' }, { step: 'COMPENSATING', outcome: 'CANCELLED' }],
    [
      'the reservation expires',
      IN_REVIEW,
      { type: 'RESERVATION_EXPIRED', payload: {} },
      { step: 'COMPENSATING', outcome: 'FAILED', why: { code: 'reservation-expired', detail: null } },
    ],
  ])('%s', (_, saga, input, expected) => {
    expect(when(saga, input)).toMatchObject(expected);
  });

  test.each<[string, Saga, number, string]>([
    ['the check does not answer', CHECKING, 5, 'the check did not answer in time'],
    ['nobody decides', IN_REVIEW, 121, 'nobody decided in time'],
  ])('has an end when %s', (_, saga, minute, detail) => {
    expect(when(saga, { type: 'DEADLINE' }, minute - 0.1)).toEqual({ ignored: 'the deadline has not come' });
    expect(when(saga, { type: 'DEADLINE' }, minute)).toMatchObject({
      step: 'COMPENSATING',
      outcome: 'FAILED',
      why: { code: 'check-timeout', detail },
      sent: ['RESERVATION_RELEASE_REQUEST'],
    });
  });

  test('is asked for again at its times, also while a person must decide, by the same command', () => {
    const again = when(CHECKING, { type: 'RETRY' }, 1);
    expect(again).toMatchObject({ step: 'CHECKING', sent: ['CHECK_REQUESTED'] });
    const advance = advanceSaga(IN_REVIEW, { type: 'RETRY' }, at(10));
    if (advance.kind === 'ignored') throw new Error(advance.reason);
    expect(advance.send.map(({ type }) => type)).toEqual(['RESERVATION_EXTEND_REQUEST', 'CHECK_REQUESTED']);
    expect(newlySent(IN_REVIEW, advance.send)).toEqual([]);
  });

  test('keeps the stock for a person, and for the payment after that', () => {
    expect(IN_REVIEW.deadlineAt).toEqual(at(121));
    expect(keepStockUntil(IN_REVIEW, DEFAULT_TIMING)).toEqual(at(121 + 10 + 5));
    expect(() => keepStockUntil(CHECKING, DEFAULT_TIMING)).toThrow(TypeError);
  });

  test.each<[string, Saga]>([
    ['it passed', given([RESERVED, 0], [PASSED, 1])],
    ['it was refused', given([RESERVED, 0], [REFUSED, 1])],
    ['it was cancelled', given([RESERVED, 0], [{ type: 'CANCEL' }, 1])],
  ])('has no effect any more when %s', (_, saga) => {
    for (const input of [PASSED, REFUSED, REVIEW]) {
      expect(when(saga, input)).toEqual({ ignored: 'it answers a command that is not open' });
    }
    for (const input of [PASS, REFUSE]) expect(when(saga, input)).toHaveProperty('ignored');
  });

  test('can be cancelled meanwhile', () => {
    expect([cancellationOf(CHECKING), cancellationOf(IN_REVIEW)]).toEqual(['possible', 'possible']);
  });
});
