import { productSchema } from '@outrider/contracts';
import { expect, test } from '@jest/globals';
import { catalogueFacts } from '../domain/product.js';
import { productView } from './product-view.js';

const product = {
  id: '019c0000-0000-7000-8000-000000000001',
  sku: 'TEA',
  name: 'Tea',
  price: 250,
  currency: 'EUR',
  retired: false,
  version: 3,
};

test('F30 a product of which inventory has published nothing has no stock, which is not 0', () => {
  const seen = productView(product, null);
  expect(productSchema.parse(seen)).toEqual({ ...product, stock: null, stockAsOf: null });
});

test('a product that is sold out has a stock of 0', () => {
  const seen = productView(product, { available: 0, version: 4, asOf: 1_767_323_045_678 });
  expect(productSchema.parse(seen)).toEqual({ ...product, stock: 0, stockAsOf: '2026-01-02T03:04:05.678Z' });
});

test('what is published of a product is what the catalogue has, and not its stock', () => {
  expect(catalogueFacts(product)).toEqual({ sku: 'TEA', name: 'Tea', price: 250, currency: 'EUR', version: 3 });
});
