import { expect, test } from '@jest/globals';
import { judgeOrder, type BookedOrder, type BookedPayment, type BookedReservation } from './judge-order.js';

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
};
const reservation: BookedReservation = {
  orderId: 'o',
  status: 'CONFIRMED',
  lines: [{ productId: 'p', quantity: 3, restocked: 0 }],
  settled: true,
};
const payment: BookedPayment = {
  orderId: 'o',
  status: 'CAPTURED',
  amount: 700,
  currency: 'EUR',
  capturedAmount: 700,
  refundedAmount: 0,
  settled: true,
};
const cancelled = { ...order, status: 'CANCELLED', capturedAmount: 0 };

test.each([
  ['sold', { order, reservation, payment }],
  [
    'partly refunded with pieces back in stock',
    {
      order: {
        ...order,
        status: 'PARTIALLY_REFUNDED',
        refundedAmount: 200,
        refunds: [{ amount: 200, lines: [{ productId: 'p', quantity: 1 }], restock: true }],
      },
      reservation: { ...reservation, lines: [{ productId: 'p', quantity: 3, restocked: 1 }] },
      payment: { ...payment, status: 'PARTIALLY_REFUNDED', refundedAmount: 200 },
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
      reservation: { ...reservation, status: 'RELEASED', lines: [{ productId: 'p', quantity: 3, restocked: 3 }] },
      payment: { ...payment, status: 'REFUNDED', refundedAmount: 700 },
    },
  ],
  ['still open, whatever its stock and money', { order: { ...order, closed: false }, reservation: undefined, payment }],
  [
    'not known yet, with legs that are new',
    { order: undefined, reservation: { ...reservation, settled: false }, payment: undefined },
  ],
])('the books agree on an order %s', (_name, entry) => {
  expect(judgeOrder(entry)).toEqual([]);
});

test.each([
  ['stays open', { order: { ...order, closed: false, overdue: true }, reservation, payment }, ['order_open']],
  ['does not add up', { order: { ...order, adjustments: [] }, reservation, payment }, ['order_total']],
  [
    'refunds more than it shows',
    { order: { ...order, refunds: [{ amount: 1, lines: null, restock: false }] }, reservation, payment },
    ['order_refunds'],
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
    { order, reservation: { ...reservation, lines: [{ productId: 'p', quantity: 3, restocked: 1 }] }, payment },
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
  ['is unknown', { order: undefined, reservation, payment }, ['reservation_unknown', 'payment_unknown']],
])('an order that %s is a difference', (_name, entry, kinds) => {
  expect(judgeOrder(entry).map(({ kind }) => kind)).toEqual(kinds);
});
