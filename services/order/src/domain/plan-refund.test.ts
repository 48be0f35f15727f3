import { describe, expect, test } from '@jest/globals';
import { newId, type ProductQuantity, type RefundOrder } from '@outrider/contracts';
import type { OrderLine } from './accepted-order.js';
import { planRefund, type RefundedSoFar } from './plan-refund.js';
import type { PastRefund } from './refundable-parts.js';
import { startSaga, type Saga } from './saga-state.js';
import { DEFAULT_TIMING } from './saga-timing.js';

const [A, B, GIFT] = [newId(), newId(), newId()];
const line = (productId: string, quantity: number, unitPrice: number, adjustmentAmount = 0): OrderLine => ({
  productId,
  sku: 's',
  name: 'n',
  quantity,
  unitPrice,
  adjustmentAmount,
});
// two lines of A; shipping makes it 1000
const lines = [line(A, 2, 100), line(B, 1, 300), line(A, 4, 100), line(GIFT, 1, 0)];
const SHIPPING = { kind: 'shipping', label: 'Post', amount: 100 };
const order = { id: newId(), total: 1_000, adjustments: [SHIPPING] };
const completed: Saga = {
  ...startSaga(order, '1', new Date(0), DEFAULT_TIMING),
  step: 'DONE',
  outcome: 'COMPLETED',
  capturedAmount: 1_000,
};
const reason = 'r';

/** A refund of before that succeeded. */
const past = (pieces: readonly ProductQuantity[], more: Partial<PastRefund> = {}): PastRefund => ({
  status: 'SUCCEEDED',
  lines: pieces,
  restocked: false,
  shares: null,
  ...more,
});

function plan(asked: RefundOrder, facts: Partial<RefundedSoFar> = {}): unknown {
  return planRefund(asked, { saga: completed, order, lines, refunds: [], step: 1, ...facts });
}

describe('a refund', () => {
  test('of an amount is of that, up to all that is left', () => {
    expect(plan({ amount: 1, reason })).toEqual({ kind: 'planned', amount: 1, lines: null, shares: null });
    expect(plan({ amount: 1_000, reason })).toEqual({ kind: 'planned', amount: 1_000, lines: null, shares: null });
    expect(plan({ amount: 1_001, reason })).toMatchObject({ kind: 'refund-too-large', extra: { left: 1_000 } });
    const saga: Saga = { ...completed, outcome: 'PARTIALLY_REFUNDED', refundedAmount: 999 };
    expect(plan({ amount: 1, reason }, { saga })).toMatchObject({ kind: 'planned' });
    expect(plan({ amount: 2, reason }, { saga })).toMatchObject({ kind: 'refund-too-large', extra: { left: 1 } });
  });

  test('of pieces is worth what they were bought for; all lines of a product count together', () => {
    const items = [
      { productId: A, quantity: 3 },
      { productId: B, quantity: 1 },
      { productId: A, quantity: 2 },
      { productId: GIFT, quantity: 1 },
    ];
    expect(plan({ items, reason })).toEqual({
      kind: 'planned',
      amount: 800,
      lines: [
        { productId: A, quantity: 5 },
        { productId: B, quantity: 1 },
        { productId: GIFT, quantity: 1 },
      ],
      shares: { pieces: { [A]: 500, [B]: 300, [GIFT]: 0 }, adjustments: {} },
    });
  });

  test('of more pieces than were bought and not yet refunded is refused, summed over its lines', () => {
    const items = [
      { productId: A, quantity: 3 },
      { productId: A, quantity: 3 },
    ];
    expect(plan({ items, reason })).toMatchObject({ kind: 'planned' });
    const refunds = [past([{ productId: A, quantity: 1 }])];
    const refusal = { kind: 'refund-too-large', extra: { productId: A, left: 5 } };
    expect(plan({ items, reason }, { refunds })).toMatchObject(refusal);
    const foreign = newId();
    expect(plan({ items: [{ productId: foreign, quantity: 1 }], reason })).toMatchObject({
      kind: 'refund-too-large',
      extra: { productId: foreign, left: 0 },
    });
  });

  test('of pieces that are worth more than is left is refused: a discount, or money given back before', () => {
    const saga: Saga = { ...completed, outcome: 'PARTIALLY_REFUNDED', refundedAmount: 701 };
    expect(plan({ items: [{ productId: B, quantity: 1 }], reason }, { saga })).toMatchObject({
      kind: 'refund-too-large',
      extra: { left: 299 },
    });
  });

  test('of pieces that cost nothing puts them back into stock, and is refused without that', () => {
    const items = [{ productId: GIFT, quantity: 1 }];
    expect(plan({ items, reason })).toMatchObject({ kind: 'not-refundable' });
    expect(plan({ items, restock: true, reason })).toMatchObject({ kind: 'planned', amount: 0, lines: items });
  });

  test('of an amount restocks only as all that is left: then every piece that no refund had', () => {
    expect(plan({ amount: 999, restock: true, reason })).toMatchObject({ kind: 'restock-needs-items' });
    const saga: Saga = { ...completed, outcome: 'PARTIALLY_REFUNDED', refundedAmount: 300 };
    const refunds = [past([{ productId: B, quantity: 1 }])];
    expect(plan({ amount: 700, restock: true, reason }, { saga, refunds })).toEqual({
      kind: 'planned',
      amount: 700,
      lines: [
        { productId: A, quantity: 6 },
        { productId: GIFT, quantity: 1 },
      ],
      shares: { pieces: { [A]: 600, [GIFT]: 0 }, adjustments: { shipping: 100 } },
    });
  });

  test('names no more pieces in one line than a line may', () => {
    const many = [line(A, 100_000, 1), line(A, 70_000, 1)];
    const saga: Saga = { ...completed, capturedAmount: 170_000 };
    expect(plan({ amount: 170_000, restock: true, reason }, { saga, lines: many })).toMatchObject({
      lines: [
        { productId: A, quantity: 100_000 },
        { productId: A, quantity: 70_000 },
      ],
    });
  });

  test.each<[string, Partial<Saga>, string]>([
    ['another is under way', { step: 'REFUNDING' }, 'refund-open'],
    ['not completed yet', { step: 'CAPTURING' }, 'not-refundable'],
    ['being undone', { step: 'COMPENSATING', outcome: 'CANCELLED' }, 'not-refundable'],
    ['cancelled', { outcome: 'CANCELLED' }, 'not-refundable'],
    ['failed', { outcome: 'PAYMENT_FAILED' }, 'not-refundable'],
    ['refunded', { outcome: 'REFUNDED', refundedAmount: 1_000 }, 'refund-too-large'],
  ])('is refused: %s', (_, facts, kind) => {
    expect(plan({ amount: 1, reason }, { saga: { ...completed, ...facts } })).toMatchObject({ kind });
  });

  test('of a discounted piece is what was paid for it, of the last one the rest; and 0 puts one back without money', () => {
    // 2 × 500 at -10 %
    const discounted = [line(A, 2, 500, -100)];
    const facts = {
      lines: discounted,
      order: { total: 900, adjustments: [{ kind: 'discount', label: '10 %', amount: -100 }] },
      saga: { ...completed, capturedAmount: 900 },
    };
    const items = [{ productId: A, quantity: 1 }];
    expect(plan({ items, reason }, facts)).toMatchObject({ amount: 450, shares: { pieces: { [A]: 450 } } });
    const one = past(items, { shares: { pieces: { [A]: 450 }, adjustments: {} } });
    const saga: Saga = { ...facts.saga, refundedAmount: 450, outcome: 'PARTIALLY_REFUNDED' };
    expect(plan({ items, reason }, { ...facts, saga, refunds: [one] })).toMatchObject({ amount: 450 });
    // it was refunded by an older version, for its price
    const before: Saga = { ...saga, refundedAmount: 500 };
    expect(plan({ items, reason }, { ...facts, saga: before, refunds: [past(items)] })).toMatchObject({ amount: 400 });
    // 500 were given back by amount: a piece is worth more than the 400 left, but it can come back
    const less: Saga = { ...saga, refundedAmount: 500 };
    expect(plan({ items, reason }, { ...facts, saga: less })).toMatchObject({
      kind: 'refund-too-large',
      extra: { left: 400 },
    });
    const back = { items, amount: 0, restock: true, reason } as const;
    expect(plan(back, { ...facts, saga: less })).toMatchObject({ kind: 'planned', amount: 0, lines: items });
    // everything was given back by amount, and both pieces come back later
    const all: Saga = { ...saga, refundedAmount: 900, outcome: 'REFUNDED' };
    const both = { ...back, items: [{ productId: A, quantity: 2 }] };
    expect(plan(both, { ...facts, saga: all })).toMatchObject({ kind: 'planned', amount: 0, lines: both.items });
    const restocked = past(items, { restocked: true });
    expect(plan(both, { ...facts, saga: all, refunds: [restocked] })).toMatchObject({ kind: 'refund-too-large' });
  });

  test('of shipping is made when it is asked for, alone or with pieces, and once', () => {
    expect(plan({ adjustments: ['shipping'], reason })).toEqual({
      kind: 'planned',
      amount: 100,
      lines: null,
      shares: { pieces: {}, adjustments: { shipping: 100 } },
    });
    const items = [{ productId: B, quantity: 1 }];
    expect(plan({ items, adjustments: ['shipping', 'shipping'], reason })).toMatchObject({ amount: 400 });
    const refunds = [past([], { shares: { pieces: {}, adjustments: { shipping: 100 } } })];
    const twice = { kind: 'refund-too-large', extra: { adjustment: 'shipping', left: 0 } };
    expect(plan({ adjustments: ['shipping'], reason }, { refunds })).toMatchObject(twice);
    expect(plan({ adjustments: ['shipping', 'customs'], reason })).toMatchObject({ extra: { adjustment: 'customs' } });
    const failed = [past([], { status: 'FAILED', shares: { pieces: {}, adjustments: { shipping: 100 } } })];
    expect(plan({ adjustments: ['shipping'], reason }, { refunds: failed })).toMatchObject({ amount: 100 });
  });

  test('of what applies to lines is part of the pieces', () => {
    const gift = { kind: 'gift-wrap', label: 'Paper', amount: 60 };
    const facts = { lines: [line(A, 3, 100, 60)], order: { total: 460, adjustments: [SHIPPING, gift] } };
    expect(plan({ adjustments: ['gift-wrap'], reason }, facts)).toMatchObject({ kind: 'refund-too-large' });
    expect(plan({ items: [{ productId: A, quantity: 3 }], reason }, facts)).toMatchObject({ amount: 360 });
  });

  test('whose money came back leaves its pieces to be refunded, but not to be put into stock twice', () => {
    const items = [{ productId: B, quantity: 1 }];
    const refunds = [past(items, { status: 'FAILED', restocked: true })];
    expect(plan({ items, reason }, { refunds })).toMatchObject({ kind: 'planned', amount: 300 });
    const atOnce = [past(items, { status: 'FAILED' })];
    expect(plan({ items, restock: true, reason }, { refunds: atOnce })).toMatchObject({ kind: 'planned', amount: 300 });
    expect(plan({ items, restock: true, reason }, { refunds })).toMatchObject({
      kind: 'refund-too-large',
      extra: { productId: B, left: 0 },
    });
    expect(plan({ amount: 1_000, restock: true, reason }, { refunds })).toMatchObject({
      lines: [
        { productId: A, quantity: 6 },
        { productId: GIFT, quantity: 1 },
      ],
    });
  });
});

test('all pieces are worth all that was paid, also where their price was no multiple of what the provider moves', () => {
  const old = [A, B].map((productId) => ({
    productId,
    sku: 's',
    name: 'n',
    quantity: 1,
    unitPrice: 5_125,
    adjustmentAmount: 0,
  }));
  const sold = {
    saga: { ...completed, capturedAmount: 10_250 },
    order: { ...order, total: 10_250, adjustments: [] },
    lines: old,
  };
  const items = [A, B].map((productId) => ({ productId, quantity: 1 }));
  expect(plan({ items, reason }, { ...sold, step: 10 })).toMatchObject({
    amount: 10_250,
    shares: { pieces: { [A]: 5_125 } },
  });
});
