import { describe, expect, it } from '@jest/globals';
import { readOrders } from './read-orders.js';
import { totalOf } from './order-line.js';

const good = {
  orderId: 'a-1',
  customer: '0001',
  date: '1997-01-01',
  lines: [{ sku: 'CD-1', quantity: 2, unitPriceCents: 1466 }],
};
const lineWith = (change: object): string => JSON.stringify({ ...good, ...change });
const withLine = (change: object): string => lineWith({ lines: [{ ...good.lines[0], ...change }] });

describe('reading orders', () => {
  it('takes one order a line and passes over empty lines', () => {
    const { orders, problems } = readOrders(`${JSON.stringify(good)}\n\n${lineWith({ orderId: 'a-2' })}\r\n`);
    expect(orders.map((order) => order.orderId)).toEqual(['a-1', 'a-2']);
    expect(problems).toEqual([]);
    expect(totalOf(orders[0]!)).toBe(2932);
  });

  it.each([
    ['what is not JSON', '{"orderId":', /^not JSON: /],
    ['what is no object', '[1]', /^the line: /],
    ['a missing field', lineWith({ customer: undefined }), /^customer: /],
    ['a wrong type', lineWith({ orderId: 7 }), /^orderId: /],
    ['a date that is none', lineWith({ date: '1997-13-01' }), /^date: /],
    ['an order without lines', lineWith({ lines: [] }), /^lines: /],
    ['quantity 0', withLine({ quantity: 0 }), /^lines\.0\.quantity: /],
    ['half a piece', withLine({ quantity: 0.5 }), /^lines\.0\.quantity: /],
    ['a negative price', withLine({ unitPriceCents: -1 }), /^lines\.0\.unitPriceCents: /],
    ['a sku that is none', withLine({ sku: 'a b' }), /^lines\.0\.sku: /],
    ['an orderId that came before', lineWith({}), /^orderId: a-1 is already on line 1$/],
    [
      'a sku at two prices',
      lineWith({ orderId: 'a-9', lines: [{ sku: 'CD-1', quantity: 1, unitPriceCents: 5 }] }),
      /^lines\.0\.unitPriceCents: CD-1 costs 5 here and 1466 on line 1$/,
    ],
    [
      'a sku at two prices in one order',
      lineWith({
        orderId: 'a-9',
        lines: [
          { sku: 'N', quantity: 1, unitPriceCents: 5 },
          { sku: 'N', quantity: 1, unitPriceCents: 6 },
        ],
      }),
      /^lines\.1\.unitPriceCents: N costs 6 here and 5 on this line$/,
    ],
  ])('reports %s with its line, and goes on', (_name, bad, reason) => {
    const { orders, problems } = readOrders([JSON.stringify(good), bad, lineWith({ orderId: 'a-3' })].join('\n'));
    expect(orders.map((order) => order.orderId)).toEqual(['a-1', 'a-3']);
    expect(problems).toEqual([{ line: 2, reason: expect.stringMatching(reason) }]);
  });

  it('does not hold a later line against the price on a refused one', () => {
    const { orders, problems } = readOrders(
      [withLine({ unitPriceCents: 1, quantity: 0 }), JSON.stringify(good)].join('\n'),
    );
    expect(orders).toHaveLength(1);
    expect(problems).toHaveLength(1);
  });
});
