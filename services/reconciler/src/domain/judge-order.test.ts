import { expect, test } from '@jest/globals';
import type { BookedOrder, BookedPayment, BookedRefund, BookedReservation, Entry, PaidRefund } from './booked.js';
import { judgeOrder } from './judge-order.js';

const order: BookedOrder = {
  id: 'o',
  total: 700,
  status: 'COMPLETED',
  step: 'DONE',
  paymentAsked: true,
  capturedAmount: 700,
  refundedAmount: 0,
  currency: 'EUR',
  closed: true,
  overdue: false,
  // two lines of one product count together
  lines: [
    { productId: 'p', quantity: 1, unitPrice: 200 },
    { productId: 'p', quantity: 2, unitPrice: 200 },
  ],
  adjustments: [{ amount: 100 }],
  refunds: [],
  disputes: [],
};
const reservation: BookedReservation = {
  orderId: 'o',
  status: 'CONFIRMED',
  lines: [{ productId: 'p', quantity: 3, restocked: 0 }],
  movedBack: [],
  beyondGrace: true,
};
const payment: BookedPayment = {
  orderId: 'o',
  status: 'CAPTURED',
  amount: 700,
  currency: 'EUR',
  capturedAmount: 700,
  refundedAmount: 0,
  refunds: [],
  disputes: [],
  beyondGrace: true,
  quiet: true,
};
const given = (id: string, amount: number, change: Partial<BookedRefund> = {}): BookedRefund => ({
  id,
  by: 'shop',
  amount,
  status: 'SUCCEEDED',
  lines: null,
  restocked: false,
  resolved: false,
  ...change,
});
const paid = (refundId: string, amount: number, change: Partial<PaidRefund> = {}): PaidRefund => ({
  id: `re-${refundId}`,
  refundId,
  by: 'order',
  amount,
  status: 'SUCCEEDED',
  ...change,
});
/** A sold order of which so much was given back, by order's books and by payment's. */
const refunded = (back: number, refunds: readonly BookedRefund[], theirs: readonly PaidRefund[]): Entry => {
  const status = back === 0 ? 'COMPLETED' : 'PARTIALLY_REFUNDED';
  return {
    order: { ...order, status, refundedAmount: back, refunds },
    reservation,
    payment: { ...payment, status: back === 0 ? 'CAPTURED' : status, refundedAmount: back, refunds: theirs },
  };
};
const dispute = (id: string, withheldAmount = 7) => ({ id, status: 'OPEN', amount: 7, withheldAmount });
const cancelled = { ...order, status: 'CANCELLED', capturedAmount: 0 };

/** Two products, two adjustments, and three refunds, of which one put nothing back in stock. */
const several = {
  order: {
    ...order,
    status: 'PARTIALLY_REFUNDED',
    refundedAmount: 250,
    lines: [
      { productId: 'p', quantity: 3, unitPrice: 200 },
      { productId: 'q', quantity: 2, unitPrice: 100 },
    ],
    adjustments: [{ amount: -150 }, { amount: 50 }],
    refunds: [
      given('a', 100, { lines: [{ productId: 'p', quantity: 1 }], restocked: true }),
      given('b', 100, { lines: [{ productId: 'q', quantity: 1 }], restocked: true }),
      given('c', 50, { lines: [{ productId: 'q', quantity: 1 }] }),
    ],
  },
  reservation: {
    ...reservation,
    lines: [
      { productId: 'p', quantity: 3, restocked: 1 },
      { productId: 'q', quantity: 2, restocked: 1 },
    ],
    movedBack: [
      { productId: 'p', quantity: 1 },
      { productId: 'q', quantity: 1 },
    ],
  },
  payment: {
    ...payment,
    status: 'PARTIALLY_REFUNDED',
    refundedAmount: 250,
    refunds: [paid('a', 100), paid('b', 100), paid('c', 50)],
  },
};

test.each([
  ['sold', { order, reservation, payment }],
  ['of several products and adjustments, with several refunds', several],
  [
    'partly refunded with pieces back in stock',
    {
      order: {
        ...order,
        status: 'PARTIALLY_REFUNDED',
        refundedAmount: 200,
        refunds: [given('r', 200, { lines: [{ productId: 'p', quantity: 1 }], restocked: true })],
      },
      reservation: {
        ...reservation,
        lines: [{ productId: 'p', quantity: 3, restocked: 1 }],
        movedBack: [{ productId: 'p', quantity: 1 }],
      },
      payment: { ...payment, status: 'PARTIALLY_REFUNDED', refundedAmount: 200, refunds: [paid('r', 200)] },
    },
  ],
  [
    'refunded by us, and at the provider by hand, and once without success',
    refunded(
      300,
      [given('a', 200), given('re-x', 100, { by: 'provider' }), given('b', 50, { status: 'FAILED' })],
      [
        paid('a', 200),
        paid('x', 100, { refundId: null, by: 'provider', status: 'PENDING' }),
        paid('b', 50, { status: 'FAILED' }),
      ],
    ),
  ],
  ['refunded in pieces alone', refunded(0, [given('r', 0)], [])],
  ['refunded before payment kept refunds one by one', refunded(300, [given('a', 200), given('b', 100)], [])],
  ['refunded before that and after it', refunded(300, [given('a', 200), given('b', 100)], [paid('b', 100)])],
  [
    'whose pieces came back for a refund that failed, and whose stock was adjusted for it',
    {
      ...refunded(
        0,
        [
          given('a', 200, {
            status: 'FAILED',
            lines: [{ productId: 'p', quantity: 1 }],
            restocked: true,
            resolved: true,
          }),
        ],
        [],
      ),
      reservation: {
        ...reservation,
        lines: [{ productId: 'p', quantity: 3, restocked: 1 }],
        movedBack: [{ productId: 'p', quantity: 1 }],
      },
    },
  ],
  [
    'of which payment has just taken over what was done at the provider',
    { order, reservation, payment: { ...payment, status: 'REFUNDED', refundedAmount: 700, quiet: false } },
  ],
  [
    'refunded in full',
    {
      order: { ...order, status: 'REFUNDED', refundedAmount: 700, refunds: [given('r', 700)] },
      reservation,
      payment: { ...payment, status: 'REFUNDED', refundedAmount: 700, refunds: [paid('r', 700)] },
    },
  ],
  [
    'that is disputed twice, which its books list in different orders',
    {
      order: { ...order, disputes: [dispute('dp-1'), dispute('dp-2')] },
      reservation,
      payment: { ...payment, disputes: [dispute('dp-2'), dispute('dp-1')] },
    },
  ],
  [
    'that is disputed',
    {
      order: { ...order, disputes: [{ id: 'dp', status: 'OPEN', amount: 700, withheldAmount: 700 }] },
      reservation,
      payment: { ...payment, disputes: [{ id: 'dp', status: 'OPEN', amount: 700, withheldAmount: 700 }] },
    },
  ],
  [
    'free, and never to be paid',
    {
      order: { ...order, total: 0, capturedAmount: 0, paymentAsked: false, adjustments: [{ amount: -600 }] },
      reservation,
      payment: undefined,
    },
  ],
  [
    'cancelled before anything was paid',
    {
      order: { ...cancelled, paymentAsked: false },
      reservation: { ...reservation, status: 'RELEASED' },
      payment: undefined,
    },
  ],
  [
    'cancelled after it was captured',
    {
      order: cancelled,
      reservation: {
        ...reservation,
        status: 'RELEASED',
        lines: [{ productId: 'p', quantity: 3, restocked: 3 }],
        movedBack: [
          { productId: 'p', quantity: 1 },
          { productId: 'p', quantity: 2 },
        ],
      },
      payment: { ...payment, status: 'REFUNDED', refundedAmount: 700 },
    },
  ],
  ['still open, whatever its stock and money', { order: { ...order, closed: false }, reservation: undefined, payment }],
  [
    'not known yet, with legs that are new',
    { order: undefined, reservation: { ...reservation, beyondGrace: false }, payment: undefined },
  ],
])('the books agree on an order %s', (_name, entry) => {
  expect(judgeOrder(entry)).toEqual([]);
});

test.each([
  ['stays open', { order: { ...order, closed: false, overdue: true }, reservation, payment }, ['order_open']],
  ['does not add up', { order: { ...order, adjustments: [] }, reservation, payment }, ['order_total']],
  [
    'refunds more than it shows',
    { order: { ...order, refunds: [given('r', 1)] }, reservation, payment },
    ['order_refunds', 'refund_differs'],
  ],
  ['lost both legs', { order, reservation: undefined, payment: undefined }, ['reservation_missing', 'payment_missing']],
  [
    'was sold and given back',
    { order, reservation: { ...reservation, status: 'EXPIRED' }, payment },
    ['reservation_differs'],
  ],
  [
    'kept other pieces',
    { order, reservation: { ...reservation, lines: [{ productId: 'q', quantity: 3, restocked: 0 }] }, payment },
    ['reservation_differs'],
  ],
  [
    'got pieces back for nothing',
    {
      order,
      reservation: {
        ...reservation,
        lines: [{ productId: 'p', quantity: 3, restocked: 1 }],
        movedBack: [{ productId: 'p', quantity: 1 }],
      },
      payment,
    },
    ['reservation_differs'],
  ],
  [
    'was cancelled and kept stock and money',
    { order: cancelled, reservation, payment },
    ['reservation_differs', 'payment_differs'],
  ],
  [
    'was charged a cent less',
    { order, reservation, payment: { ...payment, capturedAmount: 699 } },
    ['payment_differs'],
  ],
  [
    'failed, captured, and was given back in part',
    {
      order: { ...order, status: 'FAILED' },
      reservation: { ...reservation, status: 'RELEASED' },
      payment: { ...payment, status: 'REFUNDED', amount: 1000, capturedAmount: 1000, refundedAmount: 900 },
    },
    ['payment_differs'],
  ],
  [
    'failed, and of which something was kept, whatever its payment is called',
    {
      order: { ...order, status: 'PAYMENT_FAILED' },
      reservation: { ...reservation, status: 'RELEASED' },
      payment: { ...payment, status: 'PARTIALLY_REFUNDED', refundedAmount: 700 },
    },
    ['payment_differs'],
  ],
  [
    'was released after it was confirmed, and of two products only the first came back',
    {
      order: cancelled,
      reservation: {
        ...reservation,
        status: 'RELEASED',
        lines: [
          { productId: 'p', quantity: 3, restocked: 3 },
          { productId: 'q', quantity: 1, restocked: 1 },
        ],
        movedBack: [{ productId: 'p', quantity: 3 }],
      },
      payment: { ...payment, status: 'REFUNDED', refundedAmount: 700 },
    },
    ['restock_differs'],
  ],
  [
    'is open, and of which more was moved back than its reservation says',
    {
      order: { ...order, closed: false },
      reservation: { ...reservation, movedBack: [{ productId: 'p', quantity: 1 }] },
      payment,
    },
    ['restock_differs'],
  ],
  [
    'got pieces back for a refund that failed later',
    {
      ...refunded(
        0,
        [given('a', 200, { status: 'FAILED', lines: [{ productId: 'p', quantity: 1 }], restocked: true })],
        [paid('a', 200, { status: 'FAILED' })],
      ),
      reservation: {
        ...reservation,
        lines: [{ productId: 'p', quantity: 3, restocked: 1 }],
        movedBack: [{ productId: 'p', quantity: 1 }],
      },
    },
    ['refund_restocked'],
  ],
  [
    'was refunded another amount than payment says, though its sum is the same',
    refunded(300, [given('a', 200), given('b', 100)], [paid('a', 150), paid('b', 150)]),
    ['refund_differs'],
  ],
  [
    'got more back than was captured: payment never counts more than that',
    {
      order: { ...order, status: 'REFUNDED', refundedAmount: 900, refunds: [given('a', 900)] },
      reservation,
      payment: { ...payment, status: 'REFUNDED', refundedAmount: 700, refunds: [paid('a', 900)] },
    },
    ['payment_differs'],
  ],
  ['was refunded as another', refunded(200, [given('a', 200)], [paid('b', 200)]), ['refund_differs']],
  [
    'shows two refunds with each other’s amounts',
    refunded(300, [given('a', 200), given('b', 100)], [paid('a', 100), paid('b', 200)]),
    ['refund_differs'],
  ],
  [
    'was refunded twice for one',
    refunded(
      400,
      [given('a', 200), given('re-z', 200, { by: 'provider' })],
      [paid('a', 200), paid('a', 200, { id: 're-again' })],
    ),
    ['refund_differs'],
  ],
  [
    'shows as given back what came back',
    refunded(200, [given('a', 200)], [paid('a', 200, { status: 'FAILED' })]),
    ['refund_differs'],
  ],
  [
    'shows one made at the provider, of which payment has the sum and no refund',
    refunded(200, [given('re-x', 200, { by: 'provider' })], []),
    ['refund_differs'],
  ],
  [
    'was refunded at the provider, which it shows for another refund there',
    refunded(200, [given('re-x', 200, { by: 'provider' })], [paid('y', 200, { refundId: null, by: 'provider' })]),
    ['refund_differs'],
  ],
  [
    'was refunded by more than payment knows, before refunds were kept one by one',
    {
      ...refunded(200, [given('a', 200)], []),
      payment: { ...payment, status: 'PARTIALLY_REFUNDED', refundedAmount: 150 },
    },
    ['payment_differs', 'refund_differs'],
  ],
  [
    'lacks a part of what was given back before refunds were kept one by one',
    refunded(300, [given('a', 200), given('b', 100)], [paid('c', 50)]),
    ['refund_differs'],
  ],
  [
    'does not know of a dispute',
    {
      order,
      reservation,
      payment: { ...payment, disputes: [{ id: 'dp', status: 'OPEN', amount: 7, withheldAmount: 7 }] },
    },
    ['dispute_differs'],
  ],
  [
    'shows of two disputes the second otherwise',
    {
      order: { ...order, disputes: [dispute('dp-1'), dispute('dp-2')] },
      reservation,
      payment: { ...payment, disputes: [dispute('dp-1'), dispute('dp-2', 0)] },
    },
    ['dispute_differs'],
  ],
  [
    'is sold, and was never to be paid',
    { order: { ...order, paymentAsked: false }, reservation, payment: undefined },
    ['payment_missing'],
  ],
  [
    'was undone, and of whose payment nothing is known',
    { order: cancelled, reservation: { ...reservation, status: 'RELEASED' }, payment: undefined },
    ['payment_missing'],
  ],
  [
    'was undone, and shows a dispute as won that was lost',
    {
      order: { ...cancelled, disputes: [{ id: 'dp', status: 'WON', amount: 7, withheldAmount: 0 }] },
      reservation: { ...reservation, status: 'RELEASED' },
      payment: {
        ...payment,
        status: 'REFUNDED',
        refundedAmount: 700,
        disputes: [{ id: 'dp', status: 'LOST', amount: 7, withheldAmount: 7 }],
      },
    },
    ['dispute_differs'],
  ],
  [
    'has less of its second product kept than was bought',
    {
      ...several,
      reservation: {
        ...several.reservation,
        lines: [
          { productId: 'p', quantity: 3, restocked: 1 },
          { productId: 'q', quantity: 1, restocked: 1 },
        ],
      },
    },
    ['reservation_differs'],
  ],
  ['is unknown', { order: undefined, reservation, payment }, ['reservation_unknown', 'payment_unknown']],
])('an order that %s is a difference', (_name, entry, kinds) => {
  const differences = judgeOrder(entry);
  expect(differences.map(({ kind }) => kind)).toEqual(kinds);
  for (const { orderId } of differences) expect(orderId).toBe('o');
});
