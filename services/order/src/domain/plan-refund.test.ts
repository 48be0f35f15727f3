import { describe, expect, test } from '@jest/globals';
import { newId, type RefundOrder } from '@outrider/contracts';
import type { OrderLine } from './accepted-order.js';
import { planRefund, type RefundedSoFar } from './plan-refund.js';
import { startSaga, type Saga } from './saga-state.js';
import { DEFAULT_TIMING } from './saga-timing.js';

const [A, B, GIFT] = [newId(), newId(), newId()];
const line = (productId: string, quantity: number, unitPrice: number): OrderLine => ({
  productId,
  sku: 's',
  name: 'n',
  quantity,
  unitPrice,
});
// two lines of A; shipping makes it 1000
const lines = [line(A, 2, 100), line(B, 1, 300), line(A, 4, 100), line(GIFT, 1, 0)];
const order = { id: newId(), total: 1_000 };
const completed: Saga = {
  ...startSaga(order, '1', new Date(0), DEFAULT_TIMING),
  step: 'DONE',
  outcome: 'COMPLETED',
  capturedAmount: 1_000,
};
const reason = 'r';

function plan(asked: RefundOrder, facts: Partial<RefundedSoFar> = {}): unknown {
  return planRefund(asked, { saga: completed, lines, refunded: [], ...facts });
}

describe('a refund', () => {
  test('of an amount is of that, up to all that is left', () => {
    expect(plan({ amount: 1, reason })).toEqual({ kind: 'planned', amount: 1, lines: null });
    expect(plan({ amount: 1_000, reason })).toEqual({ kind: 'planned', amount: 1_000, lines: null });
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
    });
  });

  test('of more pieces than were bought and not yet refunded is refused, summed over its lines', () => {
    const items = [
      { productId: A, quantity: 3 },
      { productId: A, quantity: 3 },
    ];
    expect(plan({ items, reason })).toMatchObject({ kind: 'planned' });
    const refunded = [{ productId: A, quantity: 1 }];
    const refusal = { kind: 'refund-too-large', extra: { productId: A, left: 5 } };
    expect(plan({ items, reason }, { refunded })).toMatchObject(refusal);
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

  test('of pieces that cost nothing is refused', () => {
    expect(plan({ items: [{ productId: GIFT, quantity: 1 }], reason })).toMatchObject({ kind: 'not-refundable' });
  });

  test('of an amount restocks only as all that is left: then every piece that no refund had', () => {
    expect(plan({ amount: 999, restock: true, reason })).toMatchObject({ kind: 'restock-needs-items' });
    const saga: Saga = { ...completed, outcome: 'PARTIALLY_REFUNDED', refundedAmount: 300 };
    const refunded = [{ productId: B, quantity: 1 }];
    expect(plan({ amount: 700, restock: true, reason }, { saga, refunded })).toEqual({
      kind: 'planned',
      amount: 700,
      lines: [
        { productId: A, quantity: 6 },
        { productId: GIFT, quantity: 1 },
      ],
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
});
