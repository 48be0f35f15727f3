import { describe, expect, it } from '@jest/globals';
import type { Dispute, LedgerEntry, Refund } from '@outrider/testkit/simulator';
import type { BookOrder, BookPayment, Books, BookStock, Expectations, StoredOrder } from './books.js';
import { holds } from './check.js';
import { checksOf } from './checks.js';
import { stockMismatches } from './check-stock.js';

const order = (id: string, change: Partial<StoredOrder> = {}): StoredOrder => ({
  id,
  customerId: `customer-${id}`,
  reference: `ref-${id}`,
  status: 'COMPLETED',
  total: 1000,
  refundedTotal: 0,
  currency: 'USD',
  lines: [{ productId: 'p', quantity: 2 }],
  refunds: [],
  disputes: [],
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

/** A refund as the provider has it, that order asked for. */
const refund = (refundId: string, amount: number, change: Partial<Refund> = {}): Refund => ({
  id: `re-${refundId}`,
  amount,
  status: 'SUCCEEDED',
  reason: null,
  metadata: { refund_id: refundId },
  by: 'api',
  createdAt: '2026-01-01T00:00:00.000Z',
  ...change,
});
const refunded = (reference: string, ...refunds: Refund[]): LedgerEntry => {
  const back = refunds.filter(({ status }) => status === 'SUCCEEDED').reduce((sum, { amount }) => sum + amount, 0);
  const status = back === 0 ? 'CAPTURED' : back < 1000 ? 'PARTIALLY_REFUNDED' : 'REFUNDED';
  return charge(reference, { status, refundedAmount: back, refunds });
};
const back = (id: string, amount: number, change: Partial<StoredOrder['refunds'][number]> = {}) =>
  ({ id, by: 'shop', amount, status: 'SUCCEEDED', ...change }) as const;
/** As payment has what the provider has. */
const payment = (entry: LedgerEntry, change: Partial<BookPayment> = {}): BookPayment => ({
  orderId: entry.reference,
  status: entry.status,
  amount: entry.amount,
  currency: entry.currency,
  capturedAmount: entry.capturedAmount,
  refundedAmount: entry.refundedAmount,
  refunds: entry.refunds.map(({ id, metadata, amount, status }) => ({
    id,
    amount,
    status,
    refundId: metadata['refund_id'] ?? null,
  })),
  disputes: entry.disputes,
  ...change,
});

interface Case {
  readonly orders: readonly StoredOrder[];
  readonly ledger: readonly LedgerEntry[];
  readonly stock: BookStock;
  readonly rejected?: readonly string[];
  /** orders whose pieces came back after they were confirmed */
  readonly back?: readonly string[];
  readonly read?: number | null;
  readonly apiOrders?: readonly BookOrder[];
  readonly apiOnHand?: number;
  readonly payments?: readonly BookPayment[];
  readonly movedBack?: readonly string[];
  readonly unknown?: readonly string[];
  readonly priced?: readonly string[];
  readonly stocks?: readonly BookStock[];
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
  movedBack = back,
  unknown = [],
  priced = ['p'],
  stocks = [stock],
}: Case): Books {
  const reads = [{ productId: 'p', stock: read === undefined ? stock.onHand - stock.reserved : read }];
  return {
    api: { orders: apiOrders, levels: [{ ...stock, onHand: apiOnHand ?? stock.onHand }], unknown, reads },
    sql: {
      orders,
      priced,
      stock: stocks,
      reservations: orders.map(({ id, lines }) => ({
        orderId: id,
        status: rejected.includes(id) ? 'REJECTED' : 'CONFIRMED',
        restocked: back.includes(id) ? lines : [],
        movedBack: movedBack.includes(id) ? lines : [],
      })),
      payments: payments ?? ledger.map((entry) => payment(entry)),
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

describe('the books of refunds', () => {
  const KEPT = 'sold orders of which the provider keeps another amount (API and SQL)';
  const ASKED = 'orders whose refunds are not those of their payment (SQL)';
  const MADE = 'orders whose refunds are not those of the provider (API and SQL)';
  const SHOWN = 'orders that show other refunds than they have (SQL)';
  const partly = (id: string, ...refunds: StoredOrder['refunds']): StoredOrder =>
    order(id, {
      status: 'PARTIALLY_REFUNDED',
      refundedTotal: refunds.reduce((sum, { amount, status }) => sum + (status === 'SUCCEEDED' ? amount : 0), 0),
      refunds,
    });
  const charges = [
    refunded('1', refund('a', 300)),
    refunded('2', refund('b', 200)),
    refunded('3', refund('c', 100, { status: 'FAILED', reason: 'lost_or_stolen_card' })),
    refunded('4', refund('', 400, { id: 're-hand', metadata: {}, by: 'dashboard' })),
  ];
  const balanced: Case = {
    orders: [
      partly('1', back('a', 300)),
      partly('2', back('b', 200)),
      order('3', { refunds: [back('c', 100, { status: 'FAILED' })] }),
      partly('4', back('re-hand', 400, { by: 'provider' })),
    ],
    ledger: charges,
    stock: stock(8, 0),
  };
  const names = (given: Case, what: string): string =>
    checksOf(books(given), { placed: new Set(), stockGood: true, providerGood: true })
      .filter((check) => `${check.what} (${check.by})` === what)
      .flatMap(({ examples = [] }) => examples)
      .join();

  it('balance with refunds of ours, of the provider’s dashboard, and those that came back', () => {
    expect(wrong(balanced)).toEqual([]);
  });

  it('balance with several refunds of one order, and show when it does not count them all', () => {
    const twice = partly('1', back('a', 300), back('d', 100));
    const given = {
      ...balanced,
      orders: [twice, ...balanced.orders.slice(1)],
      ledger: [refunded('1', refund('a', 300), refund('d', 100)), ...charges.slice(1)],
    };
    expect(wrong(given)).toEqual([]);
    const less = { ...twice, refundedTotal: 300 };
    expect(wrong({ ...given, orders: [less, ...given.orders.slice(1)] })).toContain(`${SHOWN}: 0, 1`);
  });

  it('show refunds that two orders have swapped, though their sum is right, and name the orders', () => {
    const swapped = {
      ...balanced,
      orders: [partly('1', back('b', 200)), partly('2', back('a', 300)), ...balanced.orders.slice(2)],
    };
    expect(wrong(swapped)).toEqual([`${ASKED}: 0, 4`, `${KEPT}: 0, 2`]);
    expect(names(swapped, KEPT)).toBe('1: 800, not 700,2: 700, not 800');
    expect(names(swapped, ASKED)).toContain('refund b of order 1');
  });

  it.each<[string, Case, string[]]>([
    [
      'two of the same amount that were swapped between payments',
      {
        ...balanced,
        orders: [partly('1', back('a', 200)), ...balanced.orders.slice(1)],
        ledger: [refunded('1', refund('a', 200)), ...charges.slice(1)],
        payments: [
          payment(refunded('1', refund('b', 200))),
          payment(refunded('2', refund('a', 200))),
          ...charges.slice(2).map((entry) => payment(entry)),
        ],
      },
      [`${ASKED}: 0, 4`, `${MADE}: 0, 4`],
    ],
    [
      'one that was carried out twice',
      {
        ...balanced,
        ledger: [refunded('1', refund('a', 300), refund('a', 300, { id: 're-again' })), ...charges.slice(1)],
      },
      [
        'COMPLETED orders = captured by the provider (API): 3100, 2800',
        'COMPLETED orders = captured by the provider (SQL): 3100, 2800',
        `${ASKED}: 0, 1`,
        `${KEPT}: 0, 1`,
      ],
    ],
    [
      'one that came back, and that order has as succeeded',
      {
        ...balanced,
        orders: [...balanced.orders.slice(0, 2), partly('3', back('c', 100)), ...balanced.orders.slice(3)],
      },
      [
        'COMPLETED orders = captured by the provider (API): 3000, 3100',
        'COMPLETED orders = captured by the provider (SQL): 3000, 3100',
        `${ASKED}: 0, 1`,
        `${KEPT}: 0, 1`,
      ],
    ],
    [
      'one made by hand that payment never took over',
      {
        ...balanced,
        payments: [...charges.slice(0, 3).map((entry) => payment(entry)), payment(charge('4'))],
      },
      [
        'captured, in our own books (SQL): 3100, 3500',
        'payments that stand as the provider has them (API and SQL): 4, 3',
        `${ASKED}: 0, 1`,
        `${MADE}: 0, 1`,
      ],
    ],
    [
      'a sum that no refund explains',
      {
        ...balanced,
        orders: [{ ...partly('1', back('a', 300)), refunds: [] }, ...balanced.orders.slice(1)],
      },
      [`${ASKED}: 0, 1`, `${SHOWN}: 0, 1`],
    ],
  ])('show %s', (_name, given, expected) => {
    expect(wrong(given)).toEqual(expected);
  });
});

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
    const checks = checksOf(books(swapped), { placed: new Set(), stockGood: true, providerGood: true });
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

  it('show each order that failed although there was enough of its product for all', () => {
    const failed = ['3', '4'].map((id) => order(id, { status: 'FAILED', lines: [{ productId: 'q', quantity: 1 }] }));
    const given: Case = {
      ...short,
      orders: [...short.orders, ...failed],
      rejected: ['2', '3', '4'],
      stocks: [short.stock, stock(2, 2, { productId: 'q' })],
    };
    expect(wrong(given, { stockGood: false })).toContain('FAILED with enough for all (SQL): 0, 2');
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
      'sold orders of which the provider keeps another amount (API and SQL): 0, 1',
    ]);
  });
});
