import { describe, expect, test } from '@jest/globals';
import { allows, move, type Movement, type Stock } from './stock.js';

const stock: Stock = { productId: 'a', onHand: 5, reserved: 2, version: 3, versionBase: 7 };

describe('a movement', () => {
  test.each([
    [-3, 0, true],
    [-4, 0, false],
    [0, 3, true],
    [0, 4, false],
    [0, -2, true],
    [0, -3, false],
    [-5, -2, true],
    [-6, -2, false],
    [4, -3, false],
  ])('of %p on hand and %p reserved, with 5 and 2 there, can be: %p', (onHandDelta, reservedDelta, possible) => {
    expect(allows(stock, { onHandDelta, reservedDelta })).toBe(possible);
  });

  test('that would leave less than nothing is an error', () => {
    const movement: Movement = {
      productId: 'a',
      reason: 'ADJUSTED',
      reference: 'count',
      note: null,
      onHandDelta: -4,
      reservedDelta: 0,
    };
    expect(() => move(stock, movement)).toThrow(RangeError);
    expect(move(stock, { ...movement, onHandDelta: -3 }).after).toEqual({ ...stock, onHand: 2, version: 4 });
  });
});
