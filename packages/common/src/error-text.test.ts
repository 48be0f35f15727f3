import { expect, test } from '@jest/globals';
import { errorText, storableText } from './error-text.js';

test('a text to store is something a text column takes', () => {
  expect(storableText('a\0b')).toBe('a\\0b');
  expect(storableText('\uD800')).toBe('\uFFFD');
  expect(storableText('x'.repeat(5_000))).toHaveLength(1_000);
  expect(storableText('')).not.toBe('');
});

test('an error is its code, name and message, and anything else that is thrown is its text', () => {
  expect(errorText(Object.assign(new TypeError('broken'), { code: '40001' }))).toBe('[40001] TypeError: broken');
  expect(errorText('gone')).toBe('gone');
  expect(errorText(Object.create(null))).toBe('an error that cannot be shown');
});
