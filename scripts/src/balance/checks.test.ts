import { describe, expect, it } from '@jest/globals';
import type { BookOrder } from './books.js';
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

describe('the books', () => {
  it('balance when everything was sold and paid once', () => {
    expect(wrong(good)).toEqual([]);
    expect(stockMismatches(books(good))).toBe(0);
    // by what the service shows as sold alone
    const apiOrders = [order('1', { lines: [] }), ...good.orders.slice(1)];
    expect(stockMismatches(books({ ...good, apiOrders }))).toBe(1);
  });

  it('balance when orders were cancelled, before and after they were confirmed, and refunded', () => {
    const cancelled = { status: 'CANCELLED' } as const;
    const given: Case = {
      orders: [
        order('1'),
        order('2', cancelled),
        order('3', { ...cancelled, refundedTotal: 1000 }),
        order('4', { status: 'REFUNDED', refundedTotal: 1000, refunds: [back('r4', 1000)] }),
        order('5', { status: 'PARTIALLY_REFUNDED', refundedTotal: 400, refunds: [back('r5', 400)] }),
      ],
      ledger: [
        charge('1'),
        charge('2', { status: 'VOIDED', capturedAmount: 0 }),
        refunded('3', refund('the release', 1000)),
        refunded('4', refund('r4', 1000)),
        refunded('5', refund('r5', 400)),
      ],
      back: ['3', '4'],
      stock: stock(10, 6),
    };
    expect(wrong(given)).toEqual([]);
    // one whose customer cancelled while the refusal was on its way
    const declined = charge('2', { status: 'DECLINED', capturedAmount: 0 });
    const ledger = given.ledger.map((entry) => (entry.reference === '2' ? declined : entry));
    expect(wrong({ ...given, ledger }, { providerGood: false })).toEqual([]);
  });

  it.each<[string, Case, string[]]>([
    [
      'a piece that is gone',
      { ...good, stock: stock(7, 0) },
      [
        'units stocked = sold + on hand (API): 7, 6',
        'products where they differ (API): 0, 1',
        'units stocked = sold + on hand (SQL): 7, 6',
        'products where they differ (SQL): 0, 1',
      ],
    ],
    [
      'a piece still reserved',
      { ...good, stock: stock(7, 1, { reserved: 1 }) },
      ['units reserved (API): 0, 1', 'units reserved (SQL): 0, 1'],
    ],
    [
      'a stock that the service shows otherwise than its database',
      { ...good, apiOnHand: 1 },
      [
        'units stocked = sold + on hand (API): 6, 7',
        'products where they differ (API): 0, 1',
        'products not shown as they are stored (API and SQL): 0, 1',
        'products not shown as in stock (API): 0, 1',
      ],
    ],
    [
      'a read that lags',
      { ...good, read: 2 },
      ['products not shown as in stock (API): 0, 1', 'products not stored as in stock (SQL): 0, 1'],
    ],
    [
      'a product never read',
      { ...good, read: null },
      ['products not shown as in stock (API): 0, 1', 'products not stored as in stock (SQL): 0, 1'],
    ],
    [
      'an order charged twice',
      { ...good, ledger: [...good.ledger, charge('2', { id: 'again' })] },
      [
        'COMPLETED orders = captured by the provider (API): 2000, 3000',
        'COMPLETED orders = captured by the provider (SQL): 2000, 3000',
        'orders charged once, in full (API and SQL): 2, 1',
        'charges too many (API and SQL): 0, 1',
        'sold orders of which the provider keeps another amount (API and SQL): 0, 1',
      ],
    ],
    [
      'an order not charged',
      { ...good, ledger: [charge('1')] },
      [
        'COMPLETED orders = captured by the provider (API): 2000, 1000',
        'COMPLETED orders = captured by the provider (SQL): 2000, 1000',
        'orders charged once, in full (API and SQL): 2, 1',
        'sold orders of which the provider keeps another amount (API and SQL): 0, 1',
      ],
    ],
    [
      'a free order that was charged',
      { ...good, ledger: [...good.ledger, charge('free', { capturedAmount: 1 })] },
      [
        'COMPLETED orders = captured by the provider (API): 2000, 2001',
        'COMPLETED orders = captured by the provider (SQL): 2000, 2001',
        'charges too many (API and SQL): 0, 1',
        'sold orders of which the provider keeps another amount (API and SQL): 0, 1',
      ],
    ],
    [
      'money left open',
      { ...good, ledger: [...good.ledger, charge('x', { status: 'AUTHORIZED', capturedAmount: 0 })] },
      ['authorisations left open (API): 0, 1'],
    ],
    [
      'a payment that the provider has otherwise',
      {
        ...good,
        payments: [payment(charge('1')), payment(charge('2'), { status: 'IN_DOUBT' })],
      },
      ['payments that stand as the provider has them (API and SQL): 2, 1'],
    ],
    [
      'a charge that no payment of ours knows',
      { ...good, payments: [payment(charge('1'))] },
      [
        'captured, in our own books (SQL): 2000, 1000',
        'payments that stand as the provider has them (API and SQL): 2, 1',
      ],
    ],
    ['a forged webhook that was believed', { ...good, believed: 1 }, ['forged webhooks believed, of 1 (API): 0, 1']],
    [
      'an order stored twice',
      {
        ...good,
        orders: [...good.orders, order('again', { total: 0, lines: [], customerId: 'customer-1', reference: 'ref-1' })],
      },
      ['placed twice (SQL): 0, 1'],
    ],
    [
      'an order that hangs',
      {
        ...good,
        orders: [order('1'), order('2'), order('free', { total: 0, lines: [], status: 'PAYING' })],
        stock: stock(4, 0),
      },
      ['not ended (SQL): 0, 1', 'COMPLETED (SQL): 3, 2'],
    ],
    [
      'an order shown otherwise than it is',
      { ...good, apiOrders: [order('1'), order('2'), order('free', { total: 1 })] },
      [
        'shown as they are stored (API and SQL): 3, 2',
        'COMPLETED orders = captured by the provider (API): 2001, 2000',
        'sold orders of which the provider keeps another amount (API and SQL): 0, 1',
      ],
    ],
    [
      'an order that fails for no reason',
      { ...good, orders: [order('1'), order('2'), order('free', { total: 0, status: 'FAILED' })], stock: stock(6, 2) },
      ['COMPLETED (SQL): 3, 2', 'FAILED (SQL): 0, 1'],
    ],
  ])('show %s', (_name, given, expected) => {
    expect(wrong(given)).toEqual(expected);
  });

  it.each<[string, Case, string]>([
    [
      'each charge too many of one order',
      { ...good, ledger: [...good.ledger, charge('2', { id: 'again' }), charge('2', { id: 'and again' })] },
      'charges too many (API and SQL): 0, 2',
    ],
    [
      'each charge kept of an order that was not sold',
      {
        ...good,
        orders: [order('1'), order('2', { status: 'FAILED' })],
        ledger: [...good.ledger, charge('2', { id: 'again' })],
      },
      'charges too many (API and SQL): 0, 2',
    ],
    [
      'each order of each name that was stored more than once',
      {
        ...good,
        orders: [
          ...good.orders,
          ...['1', '2', '2'].map((name, index) =>
            order(`again-${index}`, { customerId: `customer-${name}`, reference: `ref-${name}` }),
          ),
        ],
      },
      'placed twice (SQL): 0, 3',
    ],
  ])('show %s', (_name, given, expected) => {
    expect(wrong(given)).toContain(expected);
  });

  it.each<Partial<BookOrder>>([
    { status: 'FAILED' },
    { total: 999 },
    { refundedTotal: 1 },
    { currency: 'EUR' },
    { customerId: 'customer-2' },
  ])('show an order that the service shows with %j and its database without', (change) => {
    const apiOrders = [order('1', change), ...good.orders.slice(1)];
    expect(wrong({ ...good, apiOrders })).toContain('shown as they are stored (API and SQL): 3, 2');
  });

  it('show a placed order that is nowhere', () => {
    expect(wrong(good, { placed: new Set(['1', 'lost']) })).toEqual(['placed, and kept (SQL): 2, 1']);
  });
});
