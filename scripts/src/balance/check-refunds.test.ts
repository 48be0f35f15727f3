import { describe, expect, it } from '@jest/globals';
import type { StoredOrder } from './books.js';
import { checksOf } from './checks.js';
import { back, books, charge, order, payment, refund, refunded, stock, wrong, type Case } from './sample-books.js';

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
    checksOf(books(given), {
      placed: new Set(),
      stockGood: true,
      providerGood: true,
      outcomes: 'predicted',
      failures: [],
    })
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
