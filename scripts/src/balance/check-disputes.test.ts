import { describe, expect, it } from '@jest/globals';
import type { Dispute } from '@outrider/testkit/simulator';
import { checksOf } from './checks.js';
import { stockMismatches } from './check-stock.js';
import {
  back,
  books,
  charge,
  good,
  order,
  payment,
  refund,
  refunded,
  stock,
  wrong,
  type Case,
} from './sample-books.js';

describe('the books of currencies, disputes and products', () => {
  const CURRENCY = 'orders paid in another currency (API and SQL)';
  it.each<[string, Case, string[]]>([
    [
      'a payment in another currency',
      { ...good, payments: [payment(charge('1'), { currency: 'EUR' }), payment(charge('2'))] },
      [`${CURRENCY}: 0, 1`],
    ],
    [
      'a charge in another currency',
      {
        ...good,
        ledger: [charge('1', { currency: 'JPY' }), charge('2')],
        payments: [charge('1'), charge('2')].map((entry) => payment(entry)),
      },
      [`${CURRENCY}: 0, 1`],
    ],
    [
      'an order that is shown in another currency',
      { ...good, apiOrders: [order('1', { currency: 'EUR' }), ...good.orders.slice(1)] },
      ['shown as they are stored (API and SQL): 3, 2', `${CURRENCY}: 0, 1`],
    ],
    [
      'a payment for another amount',
      { ...good, payments: [payment(charge('1'), { amount: 999 }), payment(charge('2'))] },
      ['payments that stand as the provider has them (API and SQL): 2, 1'],
    ],
    [
      'a payment that the provider has nothing of, beside one that it has too much of',
      {
        ...good,
        payments: [
          ...good.ledger.map((entry) => payment(entry)),
          payment(charge('free', { capturedAmount: 0, status: 'AUTHORIZED' })),
        ],
      },
      ['payments of ours that the provider has not (API and SQL): 0, 1'],
    ],
  ])('show %s', (_name, given, expected) => {
    expect(wrong(given)).toEqual(expected);
  });

  const open: Dispute = {
    id: 'dp-1',
    amount: 600,
    withheldAmount: 600,
    reason: 'product_not_received',
    status: 'OPEN',
    inquiry: false,
    respondBy: null,
    createdAt: '2026-01-01T00:00:00.000Z',
  };
  const disputed: Case = {
    ...good,
    orders: [order('1', { disputes: [open] }), ...good.orders.slice(1)],
    ledger: [charge('1', { disputes: [open] }), charge('2')],
  };
  const WHAT = 'disputes that differ from the provider’s';
  const DISPUTES = `${WHAT} (API and SQL): 0, 1`;

  it('balance with a dispute that everybody knows', () => {
    expect(wrong(disputed)).toEqual([]);
  });

  it.each<[string, Case, string[]]>([
    ['order', { ...disputed, orders: good.orders }, ['withheld by the provider for disputes (SQL): 600, 0', DISPUTES]],
    ['payment', { ...disputed, payments: [payment(charge('1')), payment(charge('2'))] }, [DISPUTES]],
    [
      'order as one that is over',
      { ...disputed, orders: [order('1', { disputes: [{ ...open, status: 'LOST' }] }), ...good.orders.slice(1)] },
      [DISPUTES],
    ],
    [
      'the wrong order',
      { ...disputed, orders: [order('1'), order('2', { disputes: [open] }), ...good.orders.slice(2)] },
      ['disputes that differ from the provider’s (API and SQL): 0, 2'],
    ],
  ])('show a dispute that is not known to %s', (_name, given, expected) => {
    expect(wrong(given)).toEqual(expected);
  });

  it('names what the provider has of an order whose disputes differ', () => {
    const swapped = { ...disputed, orders: [order('1'), order('2', { disputes: [open] }), ...good.orders.slice(2)] };
    const checks = checksOf(books(swapped), {
      placed: new Set(),
      stockGood: true,
      providerGood: true,
      outcomes: 'predicted',
      failures: [],
    });
    expect(checks.find(({ what }) => what === WHAT)?.examples).toEqual(['order 1: dp-1 OPEN 600 600', 'order 2: none']);
  });

  const orders = [order('1', { status: 'PARTIALLY_REFUNDED', refundedTotal: 1000, refunds: [back('r', 1000)] })];
  const returned: Case = { orders, ledger: [refunded('1', refund('r', 1000))], stock: stock(2, 2), back: ['1'] };

  it.each<[string, Case, string[]]>([
    [
      'pieces that came back for one order and were moved for another',
      {
        ...returned,
        orders: [...orders, order('free', { total: 0, lines: [{ productId: 'p', quantity: 2 }] })],
        stock: stock(4, 2),
        movedBack: ['free'],
      },
      ['orders whose pieces came back without a movement (SQL): 0, 2'],
    ],
    [
      'a product that inventory does not know',
      {
        ...good,
        orders: [order('free', { total: 0, lines: [] })],
        ledger: [],
        stocks: [],
        apiOnHand: 0,
        unknown: ['p'],
      },
      [
        'products of the catalogue that inventory does not know (API): 0, 1',
        'products that order or inventory does not know (SQL): 0, 1',
      ],
    ],
    [
      'a product that order does not know',
      { ...good, priced: [] },
      ['products that order or inventory does not know (SQL): 0, 1'],
    ],
  ])('show %s', (_name, given, expected) => {
    const seen = wrong(given);
    for (const line of expected) expect(seen).toContain(line);
  });

  it('show a product that was sold and has no stock', () => {
    expect(wrong({ ...good, stocks: [] })).toContain('products sold that inventory does not know (SQL): 0, 1');
    expect(stockMismatches(books({ ...good, stocks: [] }))).toBe(1);
  });
});
