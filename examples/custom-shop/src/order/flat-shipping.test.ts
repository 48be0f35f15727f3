import { expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { FlatShipping } from './flat-shipping.js';

const shipping = new FlatShipping({ EUR: { fee: 490, freeFrom: 5_000 } });

test.each([
  { goods: 1, currency: 'EUR', amounts: [490] },
  { goods: 4_999, currency: 'EUR', amounts: [490] },
  { goods: 5_000, currency: 'EUR', amounts: [] },
  { goods: 1, currency: 'KRW', amounts: [] },
])('shipping of goods for $goods $currency costs $amounts', ({ goods, currency, amounts }) => {
  const lines = [{ productId: newId(), sku: 'TEA', name: 'Tea', quantity: 1, unitPrice: goods }];
  const adjustments = shipping.adjustmentsOf({ customerId: 'alice', currency, reference: null, lines });
  expect(adjustments.map(({ amount }) => amount)).toEqual(amounts);
});

test('pieces count, not lines', () => {
  const lines = [{ productId: newId(), sku: 'TEA', name: 'Tea', quantity: 10, unitPrice: 500 }];
  expect(shipping.adjustmentsOf({ customerId: 'alice', currency: 'EUR', reference: null, lines })).toEqual([]);
});
