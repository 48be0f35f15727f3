import { describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { keepStockUntil } from './customer-action.js';
import { advanceSaga } from './saga.js';
import type { SagaInput } from './saga-input.js';
import { commandIdOf } from './saga-command.js';
import { newlySent } from './open-commands.js';
import { startSaga, type Saga } from './saga-state.js';
import { DEFAULT_TIMING } from './saga-timing.js';

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const orderId = newId();
const paymentId = newId();
const extend = commandIdOf(orderId, 'RESERVATION_EXTEND_REQUEST');
const at = (minutes: number): Date => new Date(START + minutes * MINUTE);

/** The provider asks for the customer, who has until then; minutes from the start. */
const asks = (untilMinutes: number, redirectUrl = 'https://bank.example/3ds'): SagaInput => ({
  type: 'PAYMENT_ACTION_REQUIRED',
  payload: {
    commandId: commandIdOf(orderId, 'PAYMENT_CREATE_REQUEST'),
    paymentId,
    redirectUrl,
    expiresAt: at(untilMinutes).toISOString(),
  },
});
const RESERVED: SagaInput = {
  type: 'RESERVATION_CREATION_SUCCEEDED',
  payload: {
    commandId: commandIdOf(orderId, 'RESERVATION_CREATE_REQUEST'),
    reservationId: newId(),
    expiresAt: at(15).toISOString(),
  },
};

function moved(saga: Saga, input: SagaInput, minutes: number, timing = DEFAULT_TIMING) {
  const advance = advanceSaga(saga, input, at(minutes), timing);
  if (advance.kind === 'ignored') throw new Error(`${input.type} was ignored: ${advance.reason}`);
  return advance;
}

/** It waits for payment from minute 0 on. */
const authorizing = (timing = DEFAULT_TIMING): Saga =>
  moved(startSaga({ id: orderId, total: 500 }, '1.0.0', at(0), timing), RESERVED, 0, timing).saga;

describe('F46 while the customer must act', () => {
  test('the order waits a margin longer than the customer has, and stock is kept as long again', () => {
    const { saga, send } = moved(authorizing(), asks(30), 8);
    expect(saga).toMatchObject({ step: 'AUTHORIZING', deadlineAt: at(35) });
    expect(send).toEqual([{ leg: 'stock', type: 'RESERVATION_EXTEND_REQUEST', commandId: extend }]);
    expect(keepStockUntil(saga, DEFAULT_TIMING)).toEqual(at(40));
    expect(advanceSaga(saga, { type: 'DEADLINE' }, at(34.9))).toMatchObject({ kind: 'ignored' });
    expect(moved(saga, { type: 'DEADLINE' }, 35).saga).toMatchObject({
      step: 'COMPENSATING',
      outcome: 'PAYMENT_FAILED',
      action: null,
    });
  });

  test('the order waits no shorter than without', () => {
    const { saga } = moved(authorizing(), asks(2), 1);
    expect(saga.deadlineAt).toEqual(at(10));
    expect(keepStockUntil(saga, DEFAULT_TIMING)).toEqual(at(15));
  });

  test('a provider that gives the customer a month holds order and stock for hours only', () => {
    const { saga } = moved(authorizing(), asks(30 * 24 * 60), 8);
    expect(saga.deadlineAt).toEqual(at(120));
    expect(keepStockUntil(saga, DEFAULT_TIMING)).toEqual(at(125));
  });

  test('a provider that asks again and again gains no more than that', () => {
    let saga = authorizing();
    for (let minute = 1; minute < 200; minute += 1) {
      const advance = advanceSaga(saga, asks(minute + 10), at(minute));
      if (advance.kind === 'ignored') throw new Error(advance.reason);
      ({ saga } = advance);
    }
    expect(saga.deadlineAt).toEqual(at(120));
  });

  test('a longest wait below the ordinary one takes nothing from the ordinary one', () => {
    const timing = { ...DEFAULT_TIMING, actionLongestMs: 5 * MINUTE };
    expect(moved(authorizing(timing), asks(30), 1, timing).saga.deadlineAt).toEqual(at(10));
  });

  test('asked again with more time, or with less: the deadline only moves away, and the command is the same', () => {
    const first = moved(authorizing(), asks(30), 8);
    expect(newlySent(authorizing(), first.send)).toEqual(first.send);
    const more = moved(first.saga, asks(60, 'https://bank.example/again'), 9);
    expect(more.send).toEqual(first.send);
    expect(newlySent(first.saga, more.send)).toEqual([]);
    expect(more.saga.deadlineAt).toEqual(at(65));
    const less = moved(more.saga, asks(20), 10);
    expect(less.saga).toMatchObject({ deadlineAt: at(65), action: { expiresAt: at(20).toISOString() } });
  });

  test('a retry asks for both again, each as the command it was', () => {
    const { saga } = moved(authorizing(), asks(30), 0.5);
    const { send } = moved(saga, { type: 'RETRY' }, 1);
    expect(send.map(({ type }) => type)).toEqual(['RESERVATION_EXTEND_REQUEST', 'PAYMENT_CREATE_REQUEST']);
    expect(newlySent(saga, send)).toEqual([]);
  });

  test('nothing of it is left once the payment has gone on, or the order is cancelled', () => {
    const { saga } = moved(authorizing(), asks(30), 8);
    const commandId = commandIdOf(orderId, 'PAYMENT_CREATE_REQUEST');
    const paid = moved(
      saga,
      { type: 'PAYMENT_CREATION_SUCCEEDED', payload: { commandId, paymentId, amount: 500 } },
      29,
    );
    const cancelled = moved(saga, { type: 'CANCEL' }, 9);
    for (const { saga: after, send } of [paid, cancelled]) {
      expect(after).toMatchObject({ action: null, deadlineAt: null });
      expect(send.map(({ type }) => type)).not.toContain('RESERVATION_EXTEND_REQUEST');
      expect(() => keepStockUntil(after, DEFAULT_TIMING)).toThrow(TypeError);
    }
  });
});
