import { expect, test } from '@jest/globals';
import { newestOfEach, type StockFact } from './stock.js';

const fact = (productId: string, version: number): StockFact => ({
  productId,
  version,
  onHand: version,
  reserved: 0,
  available: version,
  asOf: 0,
});

test('F31 of each product the highest version remains, however the facts came', () => {
  const facts = [fact('b', 2), fact('a', 1), fact('b', 5), fact('b', 5), fact('a', 7), fact('b', 3), fact('a', 2)];
  expect(newestOfEach(facts)).toEqual([fact('a', 7), fact('b', 5)]);
  expect(newestOfEach(facts.toReversed())).toEqual([fact('a', 7), fact('b', 5)]);
  expect(newestOfEach([])).toEqual([]);
});
