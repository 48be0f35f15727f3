import { describe, expect, it } from '@jest/globals';
import type { LedgerEntry } from '@outrider/testkit/simulator';
import type { BookOrder, Books, BookStock, Expectations } from './books.js';
import { holds } from './check.js';
import { checksOf } from './checks.js';
import { stockMismatches } from './check-stock.js';

const order = (id: string, change: Partial<BookOrder> = {}): BookOrder => ({
  id,
  customerId: `customer-${id}`,
  reference: `ref-${id}`,
  status: 'COMPLETED',
  total: 1000,
  refundedTotal: 0,
  lines: [{ productId: 'p', quantity: 2 }],
  ...change,
});
const charge = (reference: string, change: Partial<LedgerEntry> = {}): LedgerEntry => ({
  id: `auth-${reference}`,
  reference,
  amount: 1000,
  currency: 'USD',
  status: 'CAPTURED',
  capturedAmount: 1000,
  refundedAmount: 0,
  createdAt: '2026-01-01T00:00:00.000Z',
  refunds: [],
  disputes: [],
  ...change,
});

interface Case {
  readonly orders: readonly BookOrder[];
  readonly ledger: readonly LedgerEntry[];
  readonly stock: BookStock;
  readonly rejected?: readonly string[];
  /** orders whose pieces came back after they were confirmed */
  readonly back?: readonly string[];
  readonly read?: number | null;
  readonly apiOrders?: readonly BookOrder[];
  readonly apiOnHand?: number;
  readonly payments?: Books['sql']['payments'];
  readonly believed?: number;
}

function books({
  orders,
  ledger,
  stock,
  rejected = [],
  back = [],
  read,
  apiOrders = orders,
  apiOnHand,
  payments,
  believed = 0,
}: Case): Books {
  const reads = [{ productId: 'p', stock: read === undefined ? stock.onHand - stock.reserved : read }];
  return {
    api: { orders: apiOrders, levels: [{ ...stock, onHand: apiOnHand ?? stock.onHand }], reads },
    sql: {
      orders,
      stock: [stock],
      reservations: orders.map(({ id, lines }) => ({
        orderId: id,
        status: rejected.includes(id) ? 'REJECTED' : 'CONFIRMED',
        restocked: back.includes(id) ? lines : [],
      })),
      payments:
        payments ??
        ledger.map(({ reference, status, capturedAmount, refundedAmount }) => ({
          orderId: reference,
          status,
          capturedAmount,
          refundedAmount,
        })),
      reads,
    },
    ledger,
    webhooks: { events: 0, delivered: 0, forged: 1, believed },
  };
}

function wrong(given: Case, expected: Partial<Expectations> = {}): string[] {
  const expectations: Expectations = {
    placed: new Set(given.orders.map(({ id }) => id)),
    stockGood: true,
    providerGood: true,
    ...expected,
  };
  return checksOf(books(given), expectations)
    .filter((check) => !holds(check))
    .map(({ what, by, expected: wanted, seen }) => `${what} (${by}): ${wanted}, ${seen}`);
}

const stock = (stocked: number, onHand: number, change: Partial<BookStock> = {}): BookStock => ({
  productId: 'p',
  initial: stocked,
  stocked,
  onHand,
  reserved: 0,
  ...change,
});
const good: Case = {
  orders: [order('1'), order('2'), order('free', { total: 0 })],
  ledger: [charge('1'), charge('2')],
  stock: stock(6, 0),
};

describe('the books', () => {
  it('balance when everything was sold and paid once', () => {
    expect(wrong(good)).toEqual([]);
    expect(stockMismatches(books(good))).toBe(0);
  });

  it('balance when orders were cancelled, before and after they were confirmed, and refunded', () => {
    const cancelled = { status: 'CANCELLED' } as const;
    const given: Case = {
      orders: [
        order('1'),
        order('2', cancelled),
        order('3', { ...cancelled, refundedTotal: 1000 }),
        order('4', { status: 'REFUNDED', refundedTotal: 1000 }),
        order('5', { status: 'PARTIALLY_REFUNDED', refundedTotal: 400 }),
      ],
      ledger: [
        charge('1'),
        charge('2', { status: 'VOIDED', capturedAmount: 0 }),
        charge('3', { status: 'REFUNDED', refundedAmount: 1000 }),
        charge('4', { status: 'REFUNDED', refundedAmount: 1000 }),
        charge('5', { status: 'PARTIALLY_REFUNDED', refundedAmount: 400 }),
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
      'a stock that the service tells otherwise than its database',
      { ...good, apiOnHand: 1 },
      [
        'units stocked = sold + on hand (API): 6, 7',
        'products where they differ (API): 0, 1',
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
      ],
    ],
    [
      'an order not charged',
      { ...good, ledger: [charge('1')] },
      [
        'COMPLETED orders = captured by the provider (API): 2000, 1000',
        'COMPLETED orders = captured by the provider (SQL): 2000, 1000',
        'orders charged once, in full (API and SQL): 2, 1',
      ],
    ],
    [
      'a free order that was charged',
      { ...good, ledger: [...good.ledger, charge('free', { capturedAmount: 1 })] },
      [
        'COMPLETED orders = captured by the provider (API): 2000, 2001',
        'COMPLETED orders = captured by the provider (SQL): 2000, 2001',
        'charges too many (API and SQL): 0, 1',
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
        payments: [
          { orderId: '1', status: 'CAPTURED', capturedAmount: 1000, refundedAmount: 0 },
          { orderId: '2', status: 'IN_DOUBT', capturedAmount: 1000, refundedAmount: 0 },
        ],
      },
      ['payments that stand as the provider has them (API and SQL): 2, 1'],
    ],
    [
      'a charge that no payment of ours knows',
      { ...good, payments: [{ orderId: '1', status: 'CAPTURED', capturedAmount: 1000, refundedAmount: 0 }] },
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
      ['shown as they are stored (API and SQL): 3, 2', 'COMPLETED orders = captured by the provider (API): 2001, 2000'],
    ],
    [
      'an order that fails for no reason',
      { ...good, orders: [order('1'), order('2'), order('free', { total: 0, status: 'FAILED' })], stock: stock(6, 2) },
      ['COMPLETED (SQL): 3, 2', 'FAILED (SQL): 0, 1'],
    ],
  ])('show %s', (_name, given, expected) => {
    expect(wrong(given)).toEqual(expected);
  });

  it('show a placed order that is nowhere', () => {
    expect(wrong(good, { placed: new Set(['1', 'lost']) })).toEqual(['placed, and kept (SQL): 2, 1']);
  });
});

describe('the books when stock is short', () => {
  const short: Case = {
    orders: [order('1'), order('2', { status: 'FAILED' })],
    ledger: [charge('1')],
    stock: stock(3, 1),
    rejected: ['2'],
  };

  it('balance when an order that could not be had failed', () => {
    expect(wrong(short, { stockGood: false })).toEqual([]);
  });

  it('show an order that failed although what is left would do', () => {
    expect(wrong({ ...short, stock: stock(4, 2) }, { stockGood: false })).toEqual([
      'COMPLETED (SQL): 2, 1',
      'FAILED (SQL): 0, 1',
    ]);
    const third = order('3', { status: 'FAILED' });
    expect(
      wrong(
        { ...short, orders: [...short.orders, third], stock: stock(4, 2), rejected: ['2', '3'] },
        { stockGood: false },
      ),
    ).toEqual(['FAILED though the rest would do (SQL): 0, 2']);
  });

  it('show an order that failed though nobody refused it', () => {
    expect(wrong({ ...short, rejected: [] }, { stockGood: false })).toEqual([
      'COMPLETED (SQL): 2, 1',
      'FAILED (SQL): 0, 1',
      'ended for another cause (SQL): 0, 1',
    ]);
  });

  it('do not blame an order for failing before its product was stocked up', () => {
    expect(wrong({ ...short, stock: stock(3, 3, { stocked: 5 }) }, { stockGood: false })).toEqual([]);
  });
});

describe('the books when the provider declines', () => {
  const declines: Case = {
    orders: [order('1'), order('2', { status: 'PAYMENT_FAILED' })],
    ledger: [charge('1'), charge('2', { status: 'DECLINED', capturedAmount: 0 })],
    stock: stock(4, 2),
  };

  it('balance when each declined order ended so', () => {
    expect(wrong(declines, { providerGood: false })).toEqual([]);
  });

  it('show a declined order that was sold', () => {
    expect(
      wrong({ ...declines, orders: [order('1'), order('2')], stock: stock(4, 0) }, { providerGood: false }),
    ).toEqual([
      'COMPLETED (SQL): 1, 2',
      'PAYMENT_FAILED (SQL): 1, 0',
      'COMPLETED orders = captured by the provider (API): 2000, 1000',
      'COMPLETED orders = captured by the provider (SQL): 2000, 1000',
      'orders charged once, in full (API and SQL): 2, 1',
    ]);
  });
});
