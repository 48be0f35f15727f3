import { describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import type { Command, Request } from './command.js';
import { applyAnswer, type TriedCommand } from './apply-update.js';
import { paymentIdOf, providerKey, type Operation, type Payment } from './payment.js';
import type { ProviderAnswer, ProviderRecord, ProviderRefund } from './provider-answer.js';
import { awaitsRefund, NOT_IN_TIME, isConclusive } from './outcome.js';

const pending: Payment = {
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
const authorized: Payment = { ...pending, status: 'AUTHORIZED', providerReference: 'auth_1' };
const captured: Payment = { ...authorized, status: 'CAPTURED', capturedAmount: 900 };

const REQUESTS = {
  CREATE: { kind: 'CREATE', amount: 900, currency: 'EUR', paymentMethod: 'pm' },
  CONFIRM: { kind: 'CONFIRM', amount: 900 },
  RELEASE: { kind: 'RELEASE', reason: 'cancelled' },
  REFUND: { kind: 'REFUND', refundId: newId(), amount: 400 },
} as const satisfies Record<string, Request>;

const command = (kind: keyof typeof REQUESTS): Command => ({ commandId: newId(), request: REQUESTS[kind] });
const tried = (
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

const at: ProviderRecord = {
  reference: 'auth_1',
  status: 'AUTHORIZED',
  capturedAmount: 0,
  refunds: [],
  disputes: [],
  reason: null,
};
const refund = (amount: number, more: Partial<ProviderRefund> = {}): ProviderRefund => ({
  id: 're_1',
  refundId: null,
  amount,
  status: 'SUCCEEDED',
  reason: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  ...more,
});
const given = (...refunds: readonly ProviderRefund[]) =>
  ({ status: 'CAPTURED', capturedAmount: 900, refunds }) as const;
const shows = (record: Partial<ProviderRecord>): ProviderAnswer => ({ kind: 'record', record: { ...at, ...record } });
const TIMED_OUT: ProviderAnswer = { kind: 'unanswered', reached: true, reason: 'TimeoutError' };
const NOT_REACHED: ProviderAnswer = { kind: 'unanswered', reached: false, reason: 'ECONNREFUSED' };
const ACTION = { redirectUrl: 'https://pay.example/act', expiresAt: '2026-01-01T00:09:00.000Z' };
const NOW = new Date('2026-01-01T00:00:00Z');
const concluded = (payment: Payment, running: TriedCommand, waiting: readonly Command[], answer: ProviderAnswer) =>
  applyAnswer<Command>(payment, running, waiting, answer, NOW);
const mustAct = (more: Partial<ProviderRecord> = {}): ProviderAnswer =>
  shows({ status: 'REQUIRES_ACTION', action: ACTION, ...more });
const no = (record?: Partial<ProviderRecord>): ProviderAnswer => ({
  kind: 'refused',
  reason: 'not\u0000now',
  ...(record && { record: { ...at, ...record } }),
});

describe('an authorisation', () => {
  test('that succeeds is answered', () => {
    const { payment, answered, next } = concluded(pending, tried('CREATE', 'AUTHORIZE'), [], shows({}));
    expect(payment).toMatchObject({ status: 'AUTHORIZED', providerReference: 'auth_1' });
    expect(answered).toMatchObject([{ reply: { type: 'PAYMENT_CREATION_SUCCEEDED', payload: { amount: 900 } } }]);
    expect(next).toBeUndefined();
  });

  test('that is declined, or refused, is answered with the reason', () => {
    for (const [answer, reason] of [
      [shows({ status: 'DECLINED', reason: 'card_declined' }), 'card_declined'],
      [no(), 'not now'],
    ] as const) {
      const { payment, answered } = concluded(pending, tried('CREATE', 'AUTHORIZE'), [], answer);
      expect(payment).toMatchObject({ status: 'DECLINED', reason });
      expect(answered).toMatchObject([{ reply: { type: 'PAYMENT_CREATION_FAILED', payload: { reason } } }]);
    }
  });

  test('that gets no answer is in doubt, answers nobody, and is tried again under the same key', () => {
    const running = tried('CREATE', 'AUTHORIZE');
    const { payment, answered, next } = concluded(pending, running, [command('RELEASE')], TIMED_OUT);
    expect(payment.status).toBe('IN_DOUBT');
    expect(answered).toEqual([]);
    expect(next).toMatchObject({ inDoubt: true, round: 0, tries: 1, when: 'later', operation: running.operation });
  });

  test('that did not reach the provider leaves no doubt, but ends none either', () => {
    expect(concluded(pending, tried('CREATE', 'AUTHORIZE'), [], NOT_REACHED).payment.status).toBe('PENDING');
    const before = tried('CREATE', 'AUTHORIZE', 900, { inDoubt: true });
    const { payment, next } = concluded({ ...pending, status: 'IN_DOUBT' }, before, [], NOT_REACHED);
    expect(payment.status).toBe('IN_DOUBT');
    expect(next).toMatchObject({ inDoubt: true });
  });

  test('F24 that succeeds after its release was asked for is voided, and order does not take it for paid', () => {
    const release = command('RELEASE');
    const { answered, next, payment } = concluded(
      { ...pending, released: true },
      tried('CREATE', 'AUTHORIZE'),
      [release],
      shows({}),
    );
    expect(answered).toMatchObject([{ reply: { type: 'PAYMENT_CREATION_FAILED' } }]);
    expect(payment).toMatchObject({ status: 'AUTHORIZED', released: true });
    expect(next).toMatchObject({ command: release, operation: { kind: 'VOID' }, when: 'now' });
  });

  test('that is declined answers the release that waits', () => {
    const { answered, next } = concluded(
      { ...pending, released: true },
      tried('CREATE', 'AUTHORIZE'),
      [command('RELEASE')],
      shows({ status: 'DECLINED' }),
    );
    expect(answered.map(({ reply }) => reply.type)).toEqual(['PAYMENT_CREATION_FAILED', 'PAYMENT_RELEASE']);
    expect(next).toBeUndefined();
  });
});

describe('a capture', () => {
  test('that succeeds is answered; a release behind it refunds', () => {
    const release = command('RELEASE');
    const { payment, answered, next } = concluded(
      { ...authorized, released: true },
      tried('CONFIRM', 'CAPTURE'),
      [release],
      shows({ status: 'CAPTURED', capturedAmount: 900 }),
    );
    expect(payment.status).toBe('CAPTURED');
    expect(answered).toMatchObject([{ reply: { type: 'PAYMENT_CONFIRM', payload: { capturedAmount: 900 } } }]);
    expect(next).toMatchObject({ command: release, operation: { kind: 'REFUND', amount: 900 } });
  });

  test('that is refused for good fails and leaves the payment authorised', () => {
    const { payment, answered } = concluded(
      { ...authorized, status: 'IN_DOUBT' },
      tried('CONFIRM', 'CAPTURE', 900, { inDoubt: true }),
      [],
      no({}),
    );
    expect(payment).toMatchObject({ status: 'AUTHORIZED', reason: 'not now' });
    expect(answered).toMatchObject([{ reply: { type: 'PAYMENT_CONFIRM_FAILED', payload: { reason: 'not now' } } }]);
  });

  test('that is refused because it was done before counts as done', () => {
    const { payment, answered } = concluded(
      authorized,
      tried('CONFIRM', 'CAPTURE'),
      [],
      no({ status: 'CAPTURED', capturedAmount: 900 }),
    );
    expect(payment.status).toBe('CAPTURED');
    expect(answered).toMatchObject([{ reply: { type: 'PAYMENT_CONFIRM' } }]);
  });

  test('that captured less than was asked is taken as what it is', () => {
    for (const answer of [
      shows({ status: 'CAPTURED', capturedAmount: 899 }),
      no({ status: 'CAPTURED', capturedAmount: 899 }),
    ]) {
      const { payment, answered, next } = concluded(authorized, tried('CONFIRM', 'CAPTURE'), [], answer);
      expect(payment).toMatchObject({ status: 'CAPTURED', capturedAmount: 899 });
      expect(answered).toMatchObject([{ reply: { type: 'PAYMENT_CONFIRM', payload: { capturedAmount: 899 } } }]);
      expect(next).toBeUndefined();
    }
  });

  test('of what was voided or declined meanwhile has failed', () => {
    for (const [status, code, facts] of [
      ['VOIDED', 'payment-voided', ['PAYMENT_PROVIDER_VOIDED']],
      ['DECLINED', 'payment-failed', []],
    ] as const) {
      for (const answer of [shows({ status }), no({ status })]) {
        const concluding = concluded(authorized, tried('CONFIRM', 'CAPTURE'), [], answer);
        expect(concluding.answered).toMatchObject([{ reply: { type: 'PAYMENT_CONFIRM_FAILED', payload: { code } } }]);
        expect(concluding.facts.map(({ type }) => type)).toEqual(facts);
      }
    }
  });

  test('whose answer shows it not captured stays in doubt', () => {
    expect(concluded(authorized, tried('CONFIRM', 'CAPTURE'), [], shows({}))).toMatchObject({
      payment: { status: 'IN_DOUBT' },
      answered: [],
    });
  });
});

describe('a release', () => {
  const releasing = { ...authorized, released: true };

  test('that voids is answered', () => {
    expect(concluded(releasing, tried('RELEASE', 'VOID'), [], shows({ status: 'VOIDED' }))).toMatchObject({
      payment: { status: 'VOIDED' },
      answered: [{ reply: { type: 'PAYMENT_RELEASE', payload: { voided: true, refundedAmount: 0 } } }],
    });
  });

  test('whose void is refused because it was captured refunds instead, and says that it was', () => {
    const { next, answered, facts } = concluded(
      releasing,
      tried('RELEASE', 'VOID', 900, { tries: 5 }),
      [],
      no({ status: 'CAPTURED', capturedAmount: 900 }),
    );
    expect(answered).toEqual([]);
    expect(facts).toMatchObject([{ type: 'PAYMENT_PROVIDER_CAPTURED', payload: { capturedAmount: 900 } }]);
    expect(next).toMatchObject({ operation: { kind: 'REFUND', amount: 900 }, round: 1, tries: 0, when: 'now' });
  });

  test('that is refused without a reason to see is tried again under a new key, for ever', () => {
    const { next, payment } = concluded(releasing, tried('RELEASE', 'VOID', 900, { tries: 50, round: 3 }), [], no({}));
    expect(next).toMatchObject({ when: 'later', round: 4, tries: 51 });
    expect(payment.status).toBe('AUTHORIZED');
  });

  test('F44 whose void is refused while the customer can try another card closes it first', () => {
    const { next, answered } = concluded(
      { ...releasing, status: 'ACTION_REQUIRED', action: ACTION },
      tried('RELEASE', 'VOID'),
      [],
      no({ status: 'DECLINED', reason: 'insufficient_funds', open: true }),
    );
    expect(answered).toEqual([]);
    expect(next).toMatchObject({ operation: { kind: 'VOID' }, round: 1, when: 'later' });
  });

  test('that refunds is answered with the amount', () => {
    const running = tried('RELEASE', 'REFUND');
    const record = shows(given(refund(900, { refundId: running.commandId })));
    expect(concluded({ ...captured, released: true }, running, [], record)).toMatchObject({
      payment: { status: 'REFUNDED' },
      answered: [{ reply: { payload: { voided: false, refundedAmount: 900 } } }],
      facts: [],
    });
  });

  test('F27 asks for what is left when some was given back by hand, and says so', () => {
    const byHand = refund(300);
    expect(concluded({ ...captured, released: true }, tried('RELEASE', 'REFUND'), [], no(given(byHand)))).toMatchObject(
      {
        answered: [],
        facts: [{ type: 'PAYMENT_PROVIDER_REFUNDED', payload: { providerRefundId: 're_1', amount: 300 } }],
        payment: { refundedAmount: 300 },
        next: { operation: { kind: 'REFUND', amount: 600 }, round: 1, when: 'now' },
      },
    );
  });

  test('F27 is answered when its refund has arrived, and asks again when it came to nothing', () => {
    const running = tried('RELEASE', 'REFUND');
    const ours = refund(900, { refundId: running.commandId, status: 'PENDING' });
    const waiting = concluded({ ...captured, released: true }, running, [], shows(given(ours)));
    expect(waiting).toMatchObject({
      answered: [],
      payment: { status: 'REFUNDED', refundedAmount: 900 },
      next: { operation: { kind: 'REFUND', amount: 0 }, round: 0, when: 'slow', inDoubt: false },
    });
    const then = { ...running, operation: { kind: 'REFUND', amount: 0 } } as const;
    expect(awaitsRefund(waiting.payment, then)).toBe(true);
    expect(awaitsRefund(captured, { ...running, operation: { kind: 'REFUND', amount: 1 } })).toBe(false);
    expect(concluded(waiting.payment, then, [], shows(given({ ...ours, status: 'SUCCEEDED' })))).toMatchObject({
      answered: [{ reply: { type: 'PAYMENT_RELEASE', payload: { refundedAmount: 900 } } }],
    });
    const failed = { ...ours, status: 'FAILED', reason: 'lost_or_stolen_card' } as const;
    const again = concluded(waiting.payment, then, [], shows(given(failed)));
    expect(again).toMatchObject({
      answered: [],
      facts: [],
      payment: { status: 'CAPTURED', refundedAmount: 0 },
      next: { operation: { kind: 'REFUND', amount: 900 }, round: 1, when: 'slow' },
    });
    // the one that failed is not taken for the new one
    const second = { ...running, round: 1, inDoubt: true };
    expect(isConclusive(again.payment, second, { ...at, ...given(failed) })).toBe(false);
    const both = given(failed, { ...ours, id: 're_2', status: 'SUCCEEDED' });
    expect(isConclusive(again.payment, second, { ...at, ...both })).toBe(true);
    expect(concluded(again.payment, second, [], shows(both))).toMatchObject({
      answered: [{ reply: { type: 'PAYMENT_RELEASE', payload: { refundedAmount: 900 } } }],
    });
  });

  test('F27 waits for what was given back by hand and is on its way', () => {
    const running = tried('RELEASE', 'REFUND');
    const byHand = refund(900, { status: 'PENDING' });
    const waiting = concluded({ ...captured, released: true }, running, [], no(given(byHand)));
    expect(waiting).toMatchObject({ answered: [], next: { operation: { amount: 0 }, when: 'slow' } });
    const then = { ...running, operation: { kind: 'REFUND', amount: 0 } } as const;
    const back = concluded(waiting.payment, then, [], shows(given({ ...byHand, status: 'CANCELED' })));
    expect(back).toMatchObject({
      facts: [{ type: 'PAYMENT_PROVIDER_REFUND_RETURNED', payload: { amount: 900, reason: 'canceled' } }],
      next: { operation: { amount: 900 }, round: 1, when: 'now' },
    });
  });
});

describe('a refund', () => {
  const running = tried('REFUND', 'REFUND', 400);
  const { refundId } = REQUESTS.REFUND;

  test('in part is answered with its amount', () => {
    expect(concluded(captured, running, [], shows(given(refund(400, { refundId }))))).toMatchObject({
      payment: { status: 'PARTIALLY_REFUNDED', refundedAmount: 400 },
      answered: [{ reply: { type: 'PAYMENT_REFUNDED', payload: { refundId, amount: 400 } } }],
      facts: [],
    });
  });

  test('F27 that is refused has failed, whatever others have given back', () => {
    for (const [record, refundedAmount] of [
      [given(), 0],
      [given(refund(400)), 400],
      [given(refund(900)), 900],
    ] as const) {
      const { payment, answered, facts } = concluded(captured, running, [], no(record));
      expect(payment).toMatchObject({ refundedAmount });
      expect(answered).toMatchObject([
        { reply: { type: 'PAYMENT_REFUND_FAILED', payload: { code: 'refund-failed' } } },
      ]);
      expect(facts).toHaveLength(refundedAmount === 0 ? 0 : 1);
    }
  });

  test('F27 that is refused because it was done before, under its id, counts as done', () => {
    const record = given(refund(400, { refundId }), refund(500, { id: 're_2' }));
    expect(concluded(captured, running, [], no(record))).toMatchObject({
      payment: { status: 'REFUNDED', refundedAmount: 900 },
      answered: [{ reply: { type: 'PAYMENT_REFUNDED', payload: { amount: 400 } } }],
      facts: [{ type: 'PAYMENT_PROVIDER_REFUNDED', payload: { providerRefundId: 're_2', amount: 500 } }],
    });
  });

  test('F27 that the answer does not show stays in doubt, also where a sum would fit', () => {
    expect(concluded(captured, running, [], shows(given(refund(400))))).toMatchObject({
      payment: { status: 'IN_DOUBT', refundedAmount: 400 },
      answered: [],
      next: { inDoubt: true, round: 0 },
    });
    expect(isConclusive(captured, running, { ...at, ...given(refund(400)) })).toBe(false);
  });

  test('on its way is waited for; then it has arrived, or failed', () => {
    const pending = refund(400, { refundId, status: 'PENDING' });
    const waiting = concluded(captured, running, [], shows(given(pending)));
    expect(waiting).toMatchObject({
      answered: [],
      payment: { status: 'PARTIALLY_REFUNDED' },
      next: { operation: { kind: 'REFUND', amount: 400 }, round: 0, when: 'slow', inDoubt: false },
    });
    expect(awaitsRefund(waiting.payment, running)).toBe(true);
    // a webhook decides it if it shows a change of its id, and only then
    expect(isConclusive(captured, running, { ...at, ...given(pending) })).toBe(true);
    expect(isConclusive(waiting.payment, running, { ...at, ...given(pending) })).toBe(false);
    expect(isConclusive(waiting.payment, running, { ...at, ...given({ ...pending, status: 'FAILED' }) })).toBe(true);
    expect(concluded(waiting.payment, running, [], shows(given({ ...pending, status: 'SUCCEEDED' })))).toMatchObject({
      answered: [{ reply: { type: 'PAYMENT_REFUNDED' } }],
    });
    for (const status of ['FAILED', 'CANCELED'] as const) {
      expect(concluded(waiting.payment, running, [], shows(given({ ...pending, status })))).toMatchObject({
        payment: { status: 'CAPTURED', refundedAmount: 0 },
        answered: [{ reply: { type: 'PAYMENT_REFUND_FAILED' } }],
        facts: [],
      });
    }
  });

  test('that an older version made has no id, and is none of somebody else’s', () => {
    const before: Payment = { ...captured, status: 'PARTIALLY_REFUNDED', refundedAmount: 300 };
    const shown = given(refund(300), refund(400, { id: 're_2', refundId }));
    expect(concluded(before, running, [], shows(shown))).toMatchObject({
      payment: {
        refundedAmount: 700,
        refunds: [
          { id: 're_1', by: 'order' },
          { id: 're_2', by: 'order' },
        ],
      },
      facts: [],
    });
  });
});

test('what waits is decided in order, one operation at a time', () => {
  const confirm = command('CONFIRM');
  const release = command('RELEASE');
  const first = concluded(pending, tried('CREATE', 'AUTHORIZE'), [confirm, release], shows({}));
  expect(first.next).toMatchObject({ command: confirm, operation: { kind: 'CAPTURE' }, round: 0, tries: 0 });
  expect(first.answered).toHaveLength(1);
});

test('the id of a payment follows from its order, bit by bit, whoever makes it', () => {
  expect(paymentIdOf('0190a0b1-c2d3-7ef4-8a5b-6c7d8e9fa0b1')).toBe('0190a0b1-c2d3-7010-8a5b-6c7d8e9fa0b1');
});

test('the key of an operation is the same for every try and differs by command, operation and round', () => {
  const keys = [
    providerKey('p', 'VOID', 'c', 0),
    providerKey('p', 'VOID', 'c', 1),
    providerKey('p', 'REFUND', 'c', 0),
    providerKey('p', 'VOID', 'd', 0),
  ];
  expect(new Set(keys).size).toBe(4);
  expect(providerKey('p', 'VOID', 'c', 0)).toBe(keys[0]);
});

describe('F46 a customer who must act', () => {
  const waiting: Payment = { ...pending, status: 'ACTION_REQUIRED', providerReference: 'auth_1', action: ACTION };
  const over: Payment = { ...waiting, action: { ...ACTION, expiresAt: '2026-01-01T00:00:00.000Z' } };
  const create = tried('CREATE', 'AUTHORIZE');

  test('is told of once, and waited for under the first deadline', () => {
    const first = concluded(pending, create, [], mustAct());
    expect(first).toMatchObject({ payment: waiting, answered: [], next: { when: 'later', inDoubt: false, tries: 1 } });
    expect(first.notice).toEqual({
      type: 'PAYMENT_ACTION_REQUIRED',
      payload: { commandId: create.commandId, paymentId: pending.id, ...ACTION },
    });
    const again = concluded(waiting, create, [], mustAct({ action: { ...ACTION, expiresAt: '2027-01-01T00:00:00Z' } }));
    expect(again).toMatchObject({ payment: waiting, next: { when: 'later', operation: { kind: 'AUTHORIZE' } } });
    expect(again.notice).toBeUndefined();
  });

  test('who approves or denies has the command answered', () => {
    expect(concluded(waiting, create, [], shows({}))).toMatchObject({
      payment: { status: 'AUTHORIZED', action: null },
      answered: [{ reply: { type: 'PAYMENT_CREATION_SUCCEEDED' } }],
    });
    expect(concluded(waiting, create, [], shows({ status: 'DECLINED', reason: 'denied' }))).toMatchObject({
      payment: { status: 'DECLINED', action: null },
      answered: [{ reply: { type: 'PAYMENT_CREATION_FAILED', payload: { reason: 'denied' } } }],
    });
  });

  test('whose provider is away leaves no doubt', () => {
    for (const answer of [TIMED_OUT, NOT_REACHED]) {
      expect(concluded(waiting, create, [], answer)).toMatchObject({
        payment: { status: 'ACTION_REQUIRED' },
        next: { inDoubt: false, when: 'later' },
      });
    }
  });

  test('who cannot be sent anywhere has the authorisation voided', () => {
    const asked = concluded(pending, create, [], shows({ status: 'REQUIRES_ACTION' }));
    expect(asked).toMatchObject({ answered: [], next: { operation: { kind: 'VOID' }, when: 'now' } });
    expect(concluded(asked.payment, tried('CREATE', 'VOID'), [], shows({ status: 'VOIDED' }))).toMatchObject({
      answered: [{ reply: { type: 'PAYMENT_CREATION_FAILED', payload: { code: 'authentication-failed' } } }],
    });
  });

  test('who does not act in time has the authorisation voided, whatever happens meanwhile', () => {
    const { next, answered, payment } = concluded(over, create, [], mustAct());
    expect(answered).toEqual([]);
    expect(next).toMatchObject({ operation: { kind: 'VOID', amount: 900 }, when: 'now' });
    const voiding = tried('CREATE', 'VOID');
    expect(concluded(over, voiding, [], shows({ status: 'VOIDED' }))).toMatchObject({
      payment: { status: 'VOIDED', action: null, reason: 'the customer did not act in time' },
      answered: [{ reply: { type: 'PAYMENT_CREATION_FAILED' } }],
    });
    expect(concluded(over, voiding, [], no({ status: 'DECLINED', reason: 'denied' }))).toMatchObject({
      payment: { status: 'DECLINED' },
      answered: [{ reply: { type: 'PAYMENT_CREATION_FAILED' } }],
    });
    for (const answer of [no(), no({}), no({ status: 'REQUIRES_ACTION' })]) {
      expect(concluded(over, voiding, [], answer)).toMatchObject({
        answered: [],
        next: { operation: { kind: 'VOID' }, round: 1, when: 'later' },
      });
    }
    const refused = concluded(payment, voiding, [], no());
    expect(concluded(refused.payment, voiding, [], shows({ status: 'VOIDED' }))).toMatchObject({
      answered: [{ reply: { payload: { reason: NOT_IN_TIME } } }],
    });
  });

  test('who is declined and could try another card is answered when that is over', () => {
    const declined = shows({ status: 'DECLINED', reason: 'insufficient_funds', open: true });
    const { next, answered, payment } = concluded(waiting, create, [], declined);
    expect(answered).toEqual([]);
    expect(next).toMatchObject({ operation: { kind: 'VOID', amount: 900 }, when: 'now' });
    const voiding = tried('CREATE', 'VOID');
    for (const answer of [no(), no({ status: 'DECLINED', reason: 'insufficient_funds', open: true })]) {
      const again = concluded(payment, voiding, [], answer);
      expect(again).toMatchObject({ answered: [], next: { operation: { kind: 'VOID' }, round: 1, when: 'later' } });
      expect(concluded(again.payment, voiding, [], shows({ status: 'VOIDED' }))).toMatchObject({
        payment: { status: 'VOIDED', action: null, reason: 'insufficient_funds' },
        answered: [{ reply: { type: 'PAYMENT_CREATION_FAILED', payload: { reason: 'insufficient_funds' } } }],
      });
    }
    // nobody was ever told how
    expect(concluded(pending, create, [], declined)).toMatchObject({
      payment: { status: 'DECLINED' },
      answered: [{ reply: { type: 'PAYMENT_CREATION_FAILED' } }],
    });
  });

  test('of an order that was released meanwhile is not waited for', () => {
    const { answered, next } = concluded({ ...pending, released: true }, create, [command('RELEASE')], mustAct());
    expect(answered).toMatchObject([{ reply: { type: 'PAYMENT_CREATION_FAILED' } }]);
    expect(next).toMatchObject({ command: { request: { kind: 'RELEASE' } }, operation: { kind: 'VOID' }, when: 'now' });
  });
});
