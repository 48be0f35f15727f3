import { expect, test } from '@jest/globals';
import { paymentIdOf, providerKey, reasonText } from './payment.js';

test('the id of a payment follows from its order, bit by bit, no matter who makes it', () => {
  expect(paymentIdOf('0190a0b1-c2d3-7ef4-8a5b-6c7d8e9fa0b1')).toBe('0190a0b1-c2d3-7010-8a5b-6c7d8e9fa0b1');
});

test('the key of an operation is the same for every try and differs by command, operation and round', () => {
  const keys = [
    providerKey('p', 'VOID', 'c', 0),
    providerKey('p', 'VOID', 'c', 1),
    providerKey('p', 'REFUND', 'c', 0),
    providerKey('p', 'VOID', 'd', 0),
  ];
  expect(new Set(keys).size).toBe(4);
  expect(providerKey('p', 'VOID', 'c', 0)).toBe(keys[0]);
});

test.each([
  ['a\u0000b\r\nc', 'a b c'],
  ['half \ud83d of one', 'half   of one'],
  [' ', 'no reason given'],
  [`${'x'.repeat(298)}😀y`, `${'x'.repeat(298)}😀`],
  // cut between its halves, which neither an event nor a column could hold
  [`${'x'.repeat(299)}😀`, `${'x'.repeat(299)}\ufffd`],
])('a reason is one line that can be stored: %j', (text, line) => {
  expect(reasonText(text)).toBe(line);
});
