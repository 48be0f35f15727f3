import { describe, expect, it } from '@jest/globals';
import type { Order, OrderStatus } from '@outrider/contracts';
import type { Books } from '../balance/books.js';
import { percentile, reportOf } from './report.js';
import { complaints } from './verdict.js';

const START = Date.parse('2026-01-01T00:00:00.000Z');

function order(id: string, status: OrderStatus, endedAfterMs: number): Order {
  return {
    id,
    customerId: 'c',
    reference: id,
    status,
    lines: [],
    adjustments: [],
    total: 100,
    refundedTotal: 0,
    currency: 'USD',
    reason: null,
    shortages: [],
    metadata: {},
    disputes: [],
    action: null,
    version: 1,
    createdAt: new Date(START).toISOString(),
    updatedAt: new Date(START + endedAfterMs).toISOString(),
  };
}

const orders = [
  order('1', 'COMPLETED', 1000),
  order('2', 'COMPLETED', 2000),
  order('3', 'FAILED', 500),
  order('4', 'PAYMENT_FAILED', 700),
  order('5', 'PAYING', 90_000),
];
const charge = {
  id: 'a',
  reference: '1',
  amount: 100,
  currency: 'USD',
  status: 'CAPTURED' as const,
  capturedAmount: 100,
  refundedAmount: 0,
  createdAt: '',
  refunds: [],
  disputes: [],
};
const books: Books = {
  api: { orders, levels: [], unknown: [], reads: [] },
  sql: {
    orders: orders.map((one) => ({ ...one, refunds: [], disputes: [] })),
    priced: [],
    stock: [],
    reservations: [],
    payments: [],
    reads: [],
  },
  webhooks: { events: 0, delivered: 0, forged: 0, believed: 0 },
  ledger: [charge, { ...charge, id: 'b' }, { ...charge, id: 'c', reference: '2' }],
};

describe('the report', () => {
  it('sums up what became of the orders, and what should not have', () => {
    expect(reportOf({ orders, startedAt: START }, books)).toEqual({
      orders: 5,
      completed: 2,
      failed: 1,
      paymentFailed: 1,
      stuck: 1,
      duplicates: 1,
      capturedTotal: 300,
      completedTotal: 200,
      stockMismatches: 0,
      ordersPerSecond: 2,
      p50Ms: 700,
      p99Ms: 2000,
    });
  });

  it('takes the nearest rank', () => {
    const values = Array.from({ length: 200 }, (_, n) => n + 1);
    expect([50, 99, 100].map((percent) => percentile(values, percent))).toEqual([100, 198, 200]);
    expect(percentile([], 50)).toBe(0);
  });

  it('ends with a list of everything that a person must act on', () => {
    expect(complaints({ problems: [] }, { refused: [] }, { stuck: 0 }, { balanced: true })).toEqual([]);
    expect(
      complaints(
        { problems: [{ line: 1, reason: '' }] },
        { refused: [{ orderId: 'a', reason: '' }] },
        { stuck: 2 },
        { balanced: false },
      ),
    ).toEqual(['1 line of the file not used', '1 order refused', '2 orders stuck', 'the books do not balance']);
  });
});
