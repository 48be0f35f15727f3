import { describe, expect, test } from '@jest/globals';
import { nameSchema, skuSchema } from './product-api.js';
import { text } from './text.js';

describe('F34 text from a client', () => {
  const schema = text(1, 10);

  test.each(['a', 'ten chars!', 'Ж茶🍵', "'; --", '<b>', '\\u0000', '${x}'])('%p is text', (value) =>
    expect(schema.parse(value)).toBe(value),
  );

  test.each([
    ['NUL', 'a\u0000b'],
    ['a line feed, that would begin a log line', 'a\nb'],
    ['a carriage return', 'a\rb'],
    ['an escape sequence', '\u001B[2J'],
    ['DEL', 'a\u007F'],
    ['a C1 control', '\u0085'],
    ['half a surrogate pair, high', 'a\uD83C'],
    ['half a surrogate pair, low', '\uDF75a'],
    ['a pair the wrong way round', '\uDF75\uD83C'],
    ['nothing', ''],
    ['too long', 'eleven char'],
    ['a number', 1],
    ['null', null],
  ])('%s is refused', (_, value) => expect(schema.safeParse(value).success).toBe(false));

  test('the longest name there may be', () => {
    expect(nameSchema.safeParse('x'.repeat(200)).success).toBe(true);
    expect(nameSchema.safeParse('x'.repeat(201)).success).toBe(false);
  });

  test('a character beyond the basic plane is one, as in the published schema', () => {
    expect(nameSchema.safeParse('🍵'.repeat(200)).success).toBe(true);
    expect(nameSchema.safeParse('🍵'.repeat(201)).success).toBe(false);
  });

  test.each(['', '-a', 'a b', 'a/b', 'ä', 'a'.repeat(65), 'a\n', "a'"])('%p is no sku', (value) =>
    expect(skuSchema.safeParse(value).success).toBe(false),
  );
});
