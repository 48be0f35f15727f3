import { expect, test } from '@jest/globals';
import { VerifiedTokens } from './verified-tokens.js';

test('more tokens than are remembered push out those used least recently', () => {
  const tokens = new VerifiedTokens<string>(2);
  tokens.keep('a', 'A', 1, 100);
  tokens.keep('b', 'B', 1, 100);
  expect(tokens.find('a', 1, 50)).toBe('A');
  tokens.keep('c', 'C', 1, 100);
  expect(['a', 'b', 'c'].map((token) => tokens.find(token, 1, 50))).toEqual(['A', undefined, 'C']);
});

test('an expired token, and one of other keys, is not found, and forgotten', () => {
  const tokens = new VerifiedTokens<string>();
  tokens.keep('a', 'A', 1, 100);
  expect(tokens.find('a', 1, 100)).toBeUndefined();
  expect(tokens.find('a', 1, 99)).toBeUndefined();
  for (const version of [2, undefined]) {
    tokens.keep('b', 'B', 1, 100);
    expect(tokens.find('b', version, 50)).toBeUndefined();
    expect(tokens.find('b', 1, 50)).toBeUndefined();
  }
});
