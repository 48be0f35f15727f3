import { expect, test } from '@jest/globals';
import { judgeShown, judgeStock } from './judge-stock.js';

const levels = { onHand: 5, reserved: 2, version: 9 };
const stock = { productId: 'p', ...levels, promised: 2, last: levels };
const shown = { productId: 'p', shown: levels, booked: { onHand: 5, reserved: 2 }, late: false };

test.each([
  ['agrees with its ledger and its reservations', stock, []],
  ['is not that of its last movement', { ...stock, onHand: 6 }, ['stock_level']],
  ['is a movement behind', { ...stock, version: 8 }, ['stock_level']],
  ['has no ledger', { ...stock, last: null }, ['stock_level']],
  ['is reserved for nobody', { ...stock, promised: 0 }, ['stock_reserved']],
])('a stock that %s', (_name, given, kinds) => {
  const differences = judgeStock(given);
  expect(differences.map(({ kind }) => kind)).toEqual(kinds);
  // a person who looks for it needs to know of which
  for (const difference of differences) expect(difference).toMatchObject({ productId: 'p' });
});

test.each([
  ['of its version', shown, 0],
  ['that inventory has only just made', { ...shown, shown: null, booked: null }, 0],
  ['never shown', { ...shown, shown: null, booked: null, late: true }, 1],
  ['that inventory did not have then', { ...shown, booked: { onHand: 4, reserved: 2 } }, 1],
  ['of a version that inventory never had', { ...shown, booked: null }, 1],
  ['that is no longer so', { ...shown, late: true }, 1],
])('the shown stock %s', (_name, given, differences) => {
  expect(judgeShown(given).map(({ kind }) => kind)).toEqual(Array(differences).fill('stock_shown'));
});
