import { describe, expect, it } from '@jest/globals';
import { charge, order, stock, wrong, type Case } from './sample-books.js';

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

describe('the books after bad versions', () => {
  const given: Case = {
    orders: [order('1'), order('2', { status: 'PAYMENT_FAILED' })],
    ledger: [charge('1')],
    stock: stock(4, 2),
  };

  it('balance however an order has ended, if stock and money fit', () => {
    expect(wrong(given)).toContain('PAYMENT_FAILED (SQL): 0, 1');
    expect(wrong(given, { outcomes: 'any' })).toEqual([]);
    expect(wrong({ ...given, stock: stock(4, 1) }, { outcomes: 'any' })).not.toEqual([]);
  });
});

describe('the books of a shop that refuses orders of its own', () => {
  const refused = order('2', { status: 'FAILED', reason: 'check-refused' });
  const given: Case = { orders: [order('1'), refused], ledger: [charge('1')], stock: stock(4, 2) };
  const failures = ['check-refused'];

  it('balance when an order failed for a reason that the shop allows, beside one for which there was too little', () => {
    expect(wrong(given, { failures })).toEqual([]);
    expect(wrong(given, { failures, providerGood: false })).toEqual([]);
    const short = [...given.orders, order('3', { status: 'FAILED', lines: [{ productId: 'p', quantity: 9 }] })];
    expect(wrong({ ...given, orders: short, rejected: ['3'] }, { failures, stockGood: false })).toEqual([]);
  });

  it('show an order that failed so where no shop allows it, or for another reason', () => {
    const differences = ['COMPLETED (SQL): 2, 1', 'FAILED (SQL): 0, 1'];
    expect(wrong(given)).toEqual(differences);
    expect(wrong({ ...given, orders: [order('1'), { ...refused, reason: 'internal' }] }, { failures })).toEqual(
      differences,
    );
  });

  it('show an order that was paid although the shop refused it', () => {
    expect(wrong({ ...given, ledger: [charge('1'), charge('2')] }, { failures })).toContain(
      'COMPLETED orders = captured by the provider (API): 1000, 2000',
    );
  });
});
