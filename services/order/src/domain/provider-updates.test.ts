import { describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import type { ProviderUpdate } from './saga-input.js';
import { changed, EMPTY_LEDGER, type Ledger } from './ledger.js';
import { openCommands } from './open-commands.js';
import { advanceSaga } from './saga.js';
import type { SagaInput } from './saga-input.js';
import { commandIdOf, refundCommandIdOf } from './saga-command.js';
import { SAGA_STEPS, startSaga, type Saga, type SagaStep } from './saga-state.js';
import { DEFAULT_TIMING } from './saga-timing.js';

const NOW = new Date('2026-01-01T00:00:00Z');
const TOTAL = 1_000;
const [orderId, paymentId, refundId] = [newId(), newId(), newId()];
const step = (type: Parameters<typeof commandIdOf>[1]) => ({ commandId: commandIdOf(orderId, type) });
const pieces = [{ productId: newId(), quantity: 1 }];

const RESERVED: SagaInput = {
  type: 'RESERVATION_CREATION_SUCCEEDED',
  payload: { ...step('RESERVATION_CREATE_REQUEST'), reservationId: newId(), expiresAt: NOW.toISOString() },
};
const AUTHORISED = {
  type: 'PAYMENT_CREATION_SUCCEEDED',
  payload: { ...step('PAYMENT_CREATE_REQUEST'), paymentId, amount: TOTAL },
} as const;
const CONFIRMED: SagaInput = { type: 'RESERVATION_CONFIRM', payload: step('RESERVATION_CONFIRM_REQUEST') };
const CAPTURED: SagaInput = {
  type: 'PAYMENT_CONFIRM',
  payload: { ...step('PAYMENT_CONFIRM_REQUEST'), capturedAmount: TOTAL },
};
const CANCEL: SagaInput = { type: 'CANCEL' };
const RELEASED: SagaInput = {
  type: 'RESERVATION_RELEASE',
  payload: { ...step('RESERVATION_RELEASE_REQUEST'), restocked: true },
};
const GIVEN_BACK: SagaInput = {
  type: 'PAYMENT_RELEASE',
  payload: { ...step('PAYMENT_RELEASE_REQUEST'), voided: false, refundedAmount: TOTAL },
};
const refundOf = (amount: number, restock = pieces): SagaInput => ({
  type: 'REFUND',
  refund: { refundId, amount, restock },
  reason: 'broken',
});
const paid = (amount: number): SagaInput => ({
  type: 'PAYMENT_REFUNDED',
  payload: { commandId: refundCommandIdOf(refundId, 'PAYMENT_REFUND_REQUEST'), refundId, amount },
});
const NOT_PAID: SagaInput = {
  type: 'PAYMENT_REFUND_FAILED',
  payload: { commandId: refundCommandIdOf(refundId, 'PAYMENT_REFUND_REQUEST'), refundId, reason: 'more than is left' },
};
const RESTOCKED: SagaInput = {
  type: 'RESERVATION_RESTOCKED',
  payload: { commandId: refundCommandIdOf(refundId, 'RESERVATION_RESTOCK_REQUEST'), refundId },
};

const returned = (amount: number, id = refundId): ProviderUpdate => ({
  type: 'PAYMENT_REFUND_RETURNED',
  payload: { paymentId, refundId: id, amount, reason: 'closed\u0000account' },
});
const byHand = (amount: number, providerRefundId = 're_1'): ProviderUpdate => ({
  type: 'PAYMENT_PROVIDER_REFUNDED',
  payload: { paymentId, providerRefundId, amount },
});
const byHandReturned = (amount: number, providerRefundId = 're_1'): ProviderUpdate => ({
  type: 'PAYMENT_PROVIDER_REFUND_RETURNED',
  payload: { paymentId, providerRefundId, amount, reason: 'expired card' },
});
const captured = (capturedAmount: number): ProviderUpdate => ({
  type: 'PAYMENT_PROVIDER_CAPTURED',
  payload: { paymentId, capturedAmount },
});
const VOIDED: ProviderUpdate = { type: 'PAYMENT_PROVIDER_VOIDED', payload: { paymentId, reason: 'voided by hand' } };
const disputed = (withheldAmount: number): ProviderUpdate => ({
  type: 'PAYMENT_DISPUTED',
  payload: { paymentId, disputeId: 'dp_1', amount: TOTAL, withheldAmount, reason: 'fraudulent' },
});
const disputeClosed = (outcome: 'WON' | 'LOST', withheldAmount: number): ProviderUpdate => ({
  type: 'PAYMENT_DISPUTE_CLOSED',
  payload: { paymentId, disputeId: 'dp_1', amount: TOTAL, withheldAmount, outcome },
});

/** An order with its ledger; every input is applied, whether it is taken or ignored. */
class Order {
  saga: Saga;
  ledger: Ledger = EMPTY_LEDGER;
  readonly published: string[] = [];
  readonly publishedRefunds: unknown[] = [];
  readonly sent: string[] = [];
  ignored: string | undefined;

  constructor(checked = false) {
    this.saga = startSaga({ id: orderId, total: TOTAL, checked }, '1', NOW, DEFAULT_TIMING);
  }

  after(...inputs: readonly SagaInput[]): this {
    for (const input of inputs) {
      const advance = advanceSaga(this.saga, input, NOW, DEFAULT_TIMING, this.ledger);
      this.ignored = advance.kind === 'ignored' ? advance.reason : undefined;
      if (advance.kind === 'ignored') continue;
      if (input.type === 'REFUND') {
        const { refundId: id, amount } = input.refund;
        const row = { id, by: 'shop', amount, status: 'PENDING', restocked: false } as const;
        this.ledger = { ...this.ledger, refunds: [...this.ledger.refunds, row] };
      }
      this.saga = advance.saga;
      this.ledger = changed(this.ledger, advance.changes);
      this.sent.push(...advance.send.map(({ type }) => type));
      if (advance.announce !== null) this.published.push(advance.announce.type);
      if (advance.announce !== null && 'refund' in advance.announce)
        this.publishedRefunds.push(advance.announce.refund);
      this.last = { status: advance.status, detail: advance.why?.detail ?? null, code: advance.why?.code ?? null };
    }
    return this;
  }

  last: object = {};
  get shown(): readonly unknown[] {
    const { step: at, outcome, capturedAmount, refundedAmount } = this.saga;
    return [at, outcome, capturedAmount, refundedAmount];
  }
  get refunds(): readonly unknown[] {
    return this.ledger.refunds.map(({ by, amount, status, restocked }) => [by, amount, status, restocked]);
  }
}
const order = (...inputs: readonly SagaInput[]): Order => new Order().after(...inputs);
const orderIn = (at: SagaStep, ...more: readonly SagaInput[]): Order =>
  new Order(at === 'CHECKING').after(...HISTORIES[at], ...more);

const TO_COMPLETED = [RESERVED, AUTHORISED, CONFIRMED, CAPTURED];
const HISTORIES: Readonly<Record<SagaStep, readonly SagaInput[]>> = {
  RESERVING: [],
  CHECKING: [RESERVED],
  AUTHORIZING: [RESERVED],
  CONFIRMING: [RESERVED, AUTHORISED],
  CAPTURING: [RESERVED, AUTHORISED, CONFIRMED],
  COMPENSATING: [RESERVED, AUTHORISED, CONFIRMED, CANCEL, CAPTURED],
  REFUNDING: [...TO_COMPLETED, refundOf(400)],
  DONE: TO_COMPLETED,
};
const STEPS = SAGA_STEPS.map((at) => [at] as const);

describe('F21 in every step, and twice', () => {
  test.each(STEPS)('%s: a refund by hand is a refund of its own, and so is that it came back', (at) => {
    const one = orderIn(at);
    const before = one.shown;
    const commands = openCommands(one.saga);
    one.after(byHand(300), byHand(300));
    expect(one.ignored).toBe('the refund is known');
    expect(one.saga).toMatchObject({ step: at, refundedAmount: 300 });
    expect(one.refunds).toContainEqual(['provider', 300, 'SUCCEEDED', false]);
    one.after(byHandReturned(300), byHandReturned(300), byHand(300));
    expect(one.ignored).toBe('the refund is known');
    expect(one.shown).toEqual(before);
    expect(one.refunds).toContainEqual(['provider', 300, 'FAILED', false]);
    expect(one.published.filter((type) => type.startsWith('ORDER_REFUND'))).toEqual([
      'ORDER_REFUNDED',
      'ORDER_REFUND_FAILED',
    ]);
    expect(openCommands(one.saga)).toEqual(commands);
  });

  test.each(STEPS)('%s: a dispute is shown, published once and with each change, and changes no status', (at) => {
    const one = orderIn(at);
    const before = one.shown;
    one.after(disputed(0), disputed(0), disputed(TOTAL), disputeClosed('LOST', TOTAL), disputeClosed('LOST', TOTAL));
    expect(one.ignored).toBe('the order shows it already');
    one.after(disputed(0));
    expect(one.ignored).toBe('the dispute has ended');
    expect(one.published.slice(-3)).toEqual(['ORDER_DISPUTED', 'ORDER_DISPUTED', 'ORDER_DISPUTE_CLOSED']);
    expect(one.ledger.disputes).toMatchObject([
      { disputeId: 'dp_1', amount: TOTAL, withheldAmount: TOTAL, reason: 'fraudulent', status: 'LOST' },
    ]);
    expect(one.shown).toEqual(before);
  });

  test.each(STEPS)('%s: a refund of nobody that came back is nothing', (at) => {
    expect(orderIn(at, returned(400, newId())).ignored).toBe('there is no such refund');
  });

  test.each<[SagaStep, string]>([
    ['RESERVING', 'RESERVING'],
    ['CHECKING', 'CHECKING'],
    ['AUTHORIZING', 'COMPENSATING'],
    ['CONFIRMING', 'COMPENSATING'],
    ['CAPTURING', 'COMPENSATING'],
    ['COMPENSATING', 'COMPENSATING'],
    ['REFUNDING', 'REFUNDING'],
    ['DONE', 'DONE'],
  ])('%s: an authorisation that is voided by hand leads to %s', (at, next) => {
    const one = orderIn(at);
    const { outcome } = one.saga;
    one.after(VOIDED, VOIDED);
    expect(one.saga.step).toBe(next);
    if (at === next) expect(one.saga).toMatchObject({ outcome, why: orderIn(at).saga.why });
    else {
      expect(one.saga).toMatchObject({ outcome: 'PAYMENT_FAILED', why: { code: 'payment-voided' } });
      expect(one.sent.slice(-2)).toEqual(['RESERVATION_RELEASE_REQUEST', 'PAYMENT_RELEASE_REQUEST']);
    }
    expect(one.last).toMatchObject({ code: 'payment-voided', detail: 'voided by hand' });
  });

  test.each(STEPS)('%s: what is captured by hand is taken for what it is, and goes on as it was', (at) => {
    const one = orderIn(at);
    const { capturedAmount } = one.saga;
    one.after(captured(700), captured(700));
    expect(one.saga).toMatchObject({ step: at, capturedAmount: Math.max(700, capturedAmount) });
    expect(one.published.filter((type) => type.startsWith('ORDER_REFUND'))).toEqual([]);
  });
});

test.each([{ amount: 999 }, { withheldAmount: 1 }, { reason: 'duplicate' }, { respondBy: '2026-01-02T00:00:00Z' }])(
  'a dispute of which %j is new is published again',
  (change) => {
    const one = order(...TO_COMPLETED, disputed(0));
    const again = disputed(0);
    const next = { ...again, payload: { ...again.payload, ...change } } as ProviderUpdate;
    one.after(next, next);
    expect(one.published).toEqual(['ORDER_COMPLETED', 'ORDER_DISPUTED', 'ORDER_DISPUTED']);
    const shown = 'respondBy' in change ? { respondBy: '2026-01-02T00:00:00.000Z' } : change;
    expect(one.ledger.disputes).toMatchObject([shown]);
  },
);

test('a void by hand of an order that is being cancelled cancels it', () => {
  const one = order(RESERVED, AUTHORISED, CONFIRMED, CANCEL, VOIDED);
  expect(one.saga).toMatchObject({ step: 'COMPENSATING', outcome: 'CANCELLED', why: { code: 'cancelled' } });
});

describe('a refund whose money comes back', () => {
  const sold = [...TO_COMPLETED, refundOf(400), paid(400), RESTOCKED];

  test('days later is FAILED, the order shows less, a lifecycle event is published, and its pieces stay in stock', () => {
    const one = order(...sold);
    expect([one.shown, one.refunds]).toEqual([
      ['DONE', 'PARTIALLY_REFUNDED', TOTAL, 400],
      [['shop', 400, 'SUCCEEDED', true]],
    ]);
    one.after(returned(400));
    expect([one.shown, one.refunds]).toEqual([['DONE', 'COMPLETED', TOTAL, 0], [['shop', 400, 'FAILED', true]]]);
    expect(one.last).toEqual({ status: 'COMPLETED', code: 'refund-returned', detail: 'closed account' });
    expect(one.published).toEqual(['ORDER_COMPLETED', 'ORDER_REFUNDED', 'ORDER_REFUND_FAILED']);
    expect(one.after(returned(400)).ignored).toBe('the refund is FAILED');
  });

  test('of all of it: REFUNDED becomes what the other refunds make of it', () => {
    const all = [...TO_COMPLETED, byHand(600), refundOf(400, []), paid(400)];
    expect(order(...all).shown).toEqual(['DONE', 'REFUNDED', TOTAL, TOTAL]);
    expect(order(...all, returned(400)).shown).toEqual(['DONE', 'PARTIALLY_REFUNDED', TOTAL, 600]);
    expect(order(...all, byHandReturned(600)).shown).toEqual(['DONE', 'PARTIALLY_REFUNDED', TOTAL, 400]);
    expect(order(...all, byHandReturned(600), returned(400)).shown).toEqual(['DONE', 'COMPLETED', TOTAL, 0]);
  });

  test('before the answer that it was made: it has failed, restocks nothing, and that answer is late', () => {
    const one = order(...TO_COMPLETED, refundOf(400), returned(400));
    expect([one.shown, one.refunds]).toEqual([['DONE', 'COMPLETED', TOTAL, 0], [['shop', 400, 'FAILED', false]]]);
    one.after(paid(400), RESTOCKED);
    expect([one.shown, one.ignored, one.published]).toEqual([
      ['DONE', 'COMPLETED', TOTAL, 0],
      'it answers a command that is not open',
      ['ORDER_COMPLETED'],
    ]);
    expect(one.sent).not.toContain('RESERVATION_RESTOCK_REQUEST');
  });

  test('while its pieces are on their way into stock: it ends FAILED when they are there', () => {
    const one = order(...TO_COMPLETED, refundOf(400), paid(400), returned(400));
    expect(one.shown).toEqual(['REFUNDING', 'COMPLETED', TOTAL, 0]);
    expect(one.after(returned(400)).ignored).toBe('none of its money is given back');
    one.after(RESTOCKED);
    expect([one.shown, one.refunds]).toEqual([['DONE', 'COMPLETED', TOTAL, 0], [['shop', 400, 'FAILED', true]]]);
    expect(one.last).toMatchObject({ code: 'refund-returned', detail: 'closed account' });
    expect(one.published).toEqual(['ORDER_COMPLETED']);
  });

  test('while another one is under way', () => {
    const other = newId();
    const one = order(...sold).after({
      type: 'REFUND',
      refund: { refundId: other, amount: 600, restock: [] },
      reason: 'r',
    });
    one.after(returned(400));
    expect(one.shown).toEqual(['REFUNDING', 'COMPLETED', TOTAL, 0]);
    const commandId = refundCommandIdOf(other, 'PAYMENT_REFUND_REQUEST');
    one.after({ type: 'PAYMENT_REFUNDED', payload: { commandId, refundId: other, amount: 600 } });
    expect(one.shown).toEqual(['DONE', 'PARTIALLY_REFUNDED', TOTAL, 600]);
  });

  test('that failed at once restocks nothing', () => {
    const one = order(...TO_COMPLETED, refundOf(400), NOT_PAID);
    expect(one.refunds).toEqual([['shop', 400, 'FAILED', false]]);
    expect(one.sent).not.toContain('RESERVATION_RESTOCK_REQUEST');
  });
});

describe('a refund by hand', () => {
  test('beside one that is under way: that one may be refused for it, and ends FAILED', () => {
    const one = order(...TO_COMPLETED, refundOf(800), byHand(300), NOT_PAID);
    expect([one.shown, one.refunds]).toEqual([
      ['DONE', 'PARTIALLY_REFUNDED', TOTAL, 300],
      [
        ['shop', 800, 'FAILED', false],
        ['provider', 300, 'SUCCEEDED', false],
      ],
    ]);
  });

  test('leaves less to refund', () => {
    expect(order(...TO_COMPLETED, byHand(300), refundOf(701)).ignored).toBe('700 are left to refund');
    expect(order(...TO_COMPLETED, disputed(TOTAL), refundOf(TOTAL)).ignored).toBeUndefined();
  });

  test('before the order is completed counts when it is', () => {
    const one = order(RESERVED, AUTHORISED, CONFIRMED, byHand(300), CAPTURED);
    expect(one.shown).toEqual(['DONE', 'PARTIALLY_REFUNDED', TOTAL, 300]);
    expect(one.published).toEqual(['ORDER_REFUNDED', 'ORDER_COMPLETED']);
  });

  test.each([
    ['before', [byHand(300), GIVEN_BACK, RELEASED]],
    ['between', [GIVEN_BACK, byHand(300), RELEASED]],
    ['after', [GIVEN_BACK, RELEASED, byHand(300)]],
  ])('of an order that is undone is part of what payment gives back in all: received %s its answer', (_, inputs) => {
    const one = order(...HISTORIES.COMPENSATING, ...inputs);
    expect(one.shown).toEqual(['DONE', 'CANCELLED', TOTAL, TOTAL]);
    expect(one.refunds).toEqual([['provider', 300, 'SUCCEEDED', false]]);
  });

  test('that comes back before it is known to be made has no effect, and neither has that', () => {
    const one = order(...TO_COMPLETED, byHandReturned(300), byHand(300));
    expect([one.shown, one.published]).toEqual([['DONE', 'COMPLETED', TOTAL, 0], ['ORDER_COMPLETED']]);
  });
});

describe('the refund that closed an order which is undone', () => {
  const { commandId } = step('PAYMENT_RELEASE_REQUEST');

  test.each([
    ['before', [returned(TOTAL, commandId), GIVEN_BACK, RELEASED]],
    ['between', [GIVEN_BACK, returned(TOTAL, commandId), RELEASED]],
    ['after', [GIVEN_BACK, RELEASED, returned(TOTAL, commandId)]],
  ])(
    'comes back %s its answer: the money is the shop’s again, the order shows it, and a person can give it back',
    (_, inputs) => {
      const one = order(...HISTORIES.COMPENSATING, ...inputs, returned(TOTAL, commandId));
      expect([one.shown, one.refunds]).toEqual([['DONE', 'CANCELLED', TOTAL, 0], [['shop', TOTAL, 'FAILED', false]]]);
      expect(one.published.filter((type) => type === 'ORDER_REFUND_FAILED')).toHaveLength(1);
      one.after(byHand(TOTAL));
      expect(one.shown).toEqual(['DONE', 'CANCELLED', TOTAL, TOTAL]);
    },
  );
});

describe('another amount than the order’s', () => {
  test.each([TOTAL - 1, TOTAL + 1])('authorised: %d is released', (amount) => {
    const one = order(RESERVED, { ...AUTHORISED, payload: { ...AUTHORISED.payload, amount } });
    expect(one.saga).toMatchObject({
      step: 'COMPENSATING',
      outcome: 'PAYMENT_FAILED',
      why: { code: 'amount-mismatch' },
    });
    expect(one.sent.slice(-2)).toEqual(['RESERVATION_RELEASE_REQUEST', 'PAYMENT_RELEASE_REQUEST']);
  });

  test.each([TOTAL - 1, TOTAL + 1, 1])('captured: %d is given back, all of it', (capturedAmount) => {
    const one = order(RESERVED, AUTHORISED, CONFIRMED).after({
      type: 'PAYMENT_CONFIRM',
      payload: { ...step('PAYMENT_CONFIRM_REQUEST'), capturedAmount },
    });
    expect(one.saga).toMatchObject({
      step: 'COMPENSATING',
      outcome: 'PAYMENT_FAILED',
      why: { code: 'amount-mismatch' },
    });
    const release = (refundedAmount: number): SagaInput => ({
      type: 'PAYMENT_RELEASE',
      payload: { ...step('PAYMENT_RELEASE_REQUEST'), voided: false, refundedAmount },
    });
    one.after(RELEASED, release(capturedAmount - 1));
    expect(one.ignored).toMatch(/money is still open/u);
    one.after(release(capturedAmount));
    expect(one.shown).toEqual(['DONE', 'PAYMENT_FAILED', capturedAmount, capturedAmount]);
  });

  test('captured by hand, a part of it: what the capture then answers undoes the order', () => {
    const one = order(RESERVED, AUTHORISED, captured(300), CONFIRMED).after({
      type: 'PAYMENT_CONFIRM',
      payload: { ...step('PAYMENT_CONFIRM_REQUEST'), capturedAmount: 300 },
    });
    expect(one.saga).toMatchObject({ step: 'COMPENSATING', capturedAmount: 300, why: { code: 'amount-mismatch' } });
  });
});

describe('another amount than the refund was asked for', () => {
  const refundsShown = (one: Order) => [one.shown, one.refunds];

  test.each([
    ['less', 150, 'PARTIALLY_REFUNDED'],
    ['more', 450, 'PARTIALLY_REFUNDED'],
    ['all there was', TOTAL, 'REFUNDED'],
    ['more than was captured', TOTAL + 200, 'REFUNDED'],
  ])('%s: is what was given back, without restock and with it', (_, amount, outcome) => {
    const said = { code: null, detail: `refunded ${amount} instead of 400` };
    const bare = order(...TO_COMPLETED, refundOf(400, []), paid(amount));
    expect(refundsShown(bare)).toEqual([['DONE', outcome, TOTAL, amount], [['shop', amount, 'SUCCEEDED', false]]]);
    expect(bare.last).toEqual({ status: outcome, ...said });

    const withPieces = order(...TO_COMPLETED, refundOf(400), paid(amount));
    expect(refundsShown(withPieces)).toEqual([
      ['REFUNDING', outcome, TOTAL, amount],
      [['shop', amount, 'PENDING', false]],
    ]);
    expect(withPieces.last).toEqual({ status: 'REFUNDING', ...said });
    expect(withPieces.sent.slice(-1)).toEqual(['RESERVATION_RESTOCK_REQUEST']);
    withPieces.after(RESTOCKED);
    expect(refundsShown(withPieces)).toEqual([['DONE', outcome, TOTAL, amount], [['shop', amount, 'SUCCEEDED', true]]]);

    for (const one of [bare, withPieces]) {
      expect(one.published).toEqual(['ORDER_COMPLETED', 'ORDER_REFUNDED']);
      expect(one.publishedRefunds).toEqual([{ refundId, amount, by: 'shop' }]);
      const left = Math.max(0, TOTAL - amount);
      expect(order().after(...TO_COMPLETED, refundOf(400, []), paid(amount), refundOf(left + 1)).ignored).toBe(
        `${left} are left to refund`,
      );
      one.after(returned(amount), returned(amount));
      expect(one.shown).toEqual(['DONE', 'COMPLETED', TOTAL, 0]);
      expect(one.publishedRefunds.at(-1)).toEqual({ refundId, amount, by: 'shop' });
      expect(one.ignored).toBe('the refund is FAILED');
    }
  });

  test.each([150, 450, TOTAL + 200])('%d: comes back while its pieces are on their way into stock', (amount) => {
    const one = order(...TO_COMPLETED, byHand(300), refundOf(400), paid(amount), returned(amount));
    expect(one.shown).toEqual(['REFUNDING', 'PARTIALLY_REFUNDED', TOTAL, 300]);
    one.after(RESTOCKED);
    expect(one.shown).toEqual(['DONE', 'PARTIALLY_REFUNDED', TOTAL, 300]);
    expect(one.refunds).toContainEqual(['shop', amount, 'FAILED', true]);
    expect(one.last).toMatchObject({ code: 'refund-returned' });
    expect(one.published).toEqual(['ORDER_COMPLETED', 'ORDER_REFUNDED']);
  });

  test('nothing: the refund has failed, and nothing goes into stock', () => {
    const one = order(...TO_COMPLETED, refundOf(400), paid(0));
    expect(refundsShown(one)).toEqual([['DONE', 'COMPLETED', TOTAL, 0], [['shop', 400, 'FAILED', false]]]);
    expect(one.last).toEqual({ status: 'COMPLETED', code: 'refund-failed', detail: 'refunded 0 instead of 400' });
    expect(one.sent).not.toContain('RESERVATION_RESTOCK_REQUEST');
    expect(one.published).toEqual(['ORDER_COMPLETED']);
  });

  test('of another command: answers nothing', () => {
    const other = { ...paid(150), payload: { commandId: newId(), refundId, amount: 150 } } as SagaInput;
    expect(order(...TO_COMPLETED, refundOf(400), other).ignored).toBe('it answers a command that is not open');
  });
});

describe('pieces that come back without money', () => {
  test('are put into stock, and the order is what it was', () => {
    const one = order(...TO_COMPLETED, refundOf(0));
    expect(one.sent.slice(-1)).toEqual(['RESERVATION_RESTOCK_REQUEST']);
    expect(one.saga).toMatchObject({ step: 'REFUNDING', moneyCommandId: null });
    expect(one.after(returned(0)).ignored).toBe('none of its money is given back');
    one.after(RESTOCKED);
    expect([one.shown, one.refunds]).toEqual([['DONE', 'COMPLETED', TOTAL, 0], [['shop', 0, 'SUCCEEDED', true]]]);
    expect(one.published).toEqual(['ORDER_COMPLETED']);
  });

  test('also when everything was given back', () => {
    const one = order(...TO_COMPLETED, byHand(TOTAL), refundOf(0), RESTOCKED);
    expect(one.shown).toEqual(['DONE', 'REFUNDED', TOTAL, TOTAL]);
  });
});
