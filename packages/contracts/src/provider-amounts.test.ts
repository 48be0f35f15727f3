import { expect, test } from '@jest/globals';
import { CURRENCIES, decimalsOf } from './currencies.js';
import { amountStep, isMovable } from './provider-amounts.js';

test('Stripe moves whole ariary, and currencies of three decimals in steps of ten', () => {
  const steps = CURRENCIES.filter((currency) => amountStep('stripe', currency) !== 1);
  expect(steps).toEqual(['BHD', 'JOD', 'KWD', 'MGA', 'OMR', 'TND']);
  for (const currency of steps) {
    expect(amountStep('stripe', currency)).toBe(decimalsOf(currency) === 3 ? 10 : 100);
  }
});

test.each([
  ['stripe', 5_125, 'KWD', false],
  ['stripe', 5_120, 'KWD', true],
  ['stripe', 0, 'KWD', true],
  ['stripe', 5_125, 'EUR', true],
  ['stripe', 550, 'MGA', false],
  ['stripe', 500, 'MGA', true],
  ['stripe', 5, 'ISK', true],
  ['simulator', 5_125, 'KWD', true],
  ['a-provider-of-a-shop', 5_125, 'KWD', true],
  ['toString', 5_125, 'KWD', true],
  ['stripe', 5_125, 'toString', true],
])('%s can move %d of %s: %p', (provider, amount, currency, movable) => {
  expect(isMovable(provider, amount, currency)).toBe(movable);
});
