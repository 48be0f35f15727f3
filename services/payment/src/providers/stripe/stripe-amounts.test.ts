import { expect, test } from '@jest/globals';
import { fromStripe, toStripe } from './stripe-amounts.js';

test.each([
  ['two decimals', 'EUR', 1_234, 1_234],
  ['none', 'KRW', 12_900, 12_900],
  ['none', 'JPY', 1, 1],
  ['two in charges though not in payouts', 'HUF', 1_045, 1_045],
  ['two in charges though not in payouts', 'TWD', 80_045, 80_045],
  ['none, and counted in hundredths all the same', 'ISK', 5, 500],
  ['none, and counted in hundredths all the same', 'UGX', 5, 500],
  ['two, and counted in whole ones', 'MGA', 500, 5],
  ['three, of which the last is zero', 'KWD', 5_120, 5_120],
])('a currency of %s: %s', (_what, currency, ours, theirs) => {
  expect(toStripe(ours, currency)).toBe(theirs);
  expect(fromStripe(theirs, currency)).toBe(ours);
});

test.each([
  ['MGA', 550],
  ['BHD', 5_124],
  ['JOD', 1],
  ['KWD', 5_125],
  ['OMR', 11],
  ['TND', 9],
  ['ISK', Number.MAX_SAFE_INTEGER],
])('what cannot be charged in full is not charged rounded: %s %s', (currency, amount) => {
  expect(toStripe(amount, currency)).toBeUndefined();
});

test('what Stripe shows and is no whole number of ours is not taken for one', () => {
  expect(fromStripe(150, 'ISK')).toBeUndefined();
});
