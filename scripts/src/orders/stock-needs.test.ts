import { describe, expect, it } from '@jest/globals';
import type { FileOrder } from './order-line.js';
import { stockNeeds } from './stock-needs.js';

const order = (...lines: [string, number][]): FileOrder => ({
  orderId: 'a',
  customer: 'c',
  date: '1997-01-01',
  lines: lines.map(([sku, quantity]) => ({ sku, quantity, unitPriceCents: 100 })),
});

describe('stock needs', () => {
  it('adds up what all orders ask for', () => {
    expect(stockNeeds([order(['A', 2], ['B', 1]), order(['A', 3], ['A', 1])])).toEqual([
      { sku: 'A', cents: 100, asked: 6, stock: 6 },
      { sku: 'B', cents: 100, asked: 1, stock: 1 },
    ]);
  });

  it('rounds a part down, for each sku by itself', () => {
    expect(stockNeeds([order(['A', 9], ['B', 1])], 80).map(({ stock }) => stock)).toEqual([7, 0]);
  });
});
