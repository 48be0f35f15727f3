import { describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { quoteLines, type CatalogProduct } from './quote-lines.js';

const book: CatalogProduct = {
  id: newId(),
  sku: 'B-1',
  name: 'A book',
  price: 900,
  currency: 'EUR',
  retired: false,
  version: 1,
};
const gone: CatalogProduct = { ...book, id: newId(), retired: true };
const yen: CatalogProduct = { ...book, id: newId(), currency: 'JPY' };
const catalogue = new Map([book, gone, yen].map((product) => [product.id, product]));
const asked = (...ids: string[]) => ({ currency: 'EUR', items: ids.map((productId) => ({ productId, quantity: 2 })) });

describe('a quote', () => {
  test('has the catalogue’s prices, line by line', () => {
    expect(quoteLines(asked(book.id, book.id), catalogue)).toEqual({
      kind: 'quoted',
      lines: [1, 2].map(() => ({ productId: book.id, sku: 'B-1', name: 'A book', quantity: 2, unitPrice: 900 })),
    });
  });

  test.each([
    ['product-unknown', newId()],
    ['product-retired', gone.id],
    ['currency-mismatch', yen.id],
  ])('%s names the first product that stands in the way', (kind, productId) => {
    expect(quoteLines(asked(book.id, productId, newId()), catalogue)).toEqual({ kind, productId });
  });
});
