import { describe, expect, test } from '@jest/globals';
import { adjustStockSchema } from './inventory-api.js';
import { discardSchema } from './admin-api.js';
import { refundOrderSchema, placeOrderSchema } from './order-api.js';
import { changeProductSchema, nameSchema, registerProductSchema, skuSchema } from './product-api.js';
import { label, text } from './text.js';

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

describe('F34 a name of which nothing can be seen', () => {
  test.each([
    ['a space', ' '],
    ['spaces of all kinds', '\u00a0\u1680\u2003\u202f\u205f\u3000'],
    ['a space of no width', '\u200b'],
    ['joiners', '\u200c\u200d\u2060'],
    ['marks of direction', '\u200e\u200f\u061c'],
    ['overrides and isolates of direction', '\u202a\u202e\u2066\u2069'],
    ['a byte order mark', '\ufeff'],
    ['a soft hyphen', '\u00ad'],
    ['line and paragraph separators', '\u2028\u2029'],
    ['fillers of Hangul', '\u115f\u1160\u3164\uffa0'],
    ['an empty pattern of Braille', '\u2800'],
    ['a grapheme joiner', '\u034f'],
    ['selectors of variations', '\ufe0f\u{e0100}'],
    ['tags', '\u{e0041}\u{e007f}'],
    ['signs of musical phrases', '\u{1d173}'],
    ['private use', '\ue000\u{f0000}'],
    ['no characters', '\uffff\u{50000}\u{1abcd}'],
    ['some of each', ' \u200b \ufeff\u00a0'],
  ])('made of %s is refused', (_, value) => {
    expect(label(1, 200).safeParse(value).success).toBe(false);
    expect(label(1, 200).safeParse(`${value}x`).success).toBe(true);
  });

  test.each([
    '.',
    'é',
    'e\u0301',
    'Ж',
    '茶',
    '주문',
    'شاي',
    'चाय',
    '\u0600',
    '🍵',
    '👩\u200d👧',
    '𐤀',
    '𓀀',
    'ﷺ',
    '\u{323af}',
  ])('%p can be seen', (value) => expect(label(1, 200).parse(value)).toBe(value));

  const product = { sku: 'TEA', name: 'Tea', price: 1, currency: 'EUR' };
  const order = {
    items: [{ productId: '019c0000-0000-7000-8000-000000000001', quantity: 1 }],
    currency: 'EUR',
    paymentMethod: 'pm',
  };
  const adjustment = { delta: 1, reason: 'r', reference: 'x' };
  test.each([
    ['a product that is registered', registerProductSchema, product, 'name'],
    ['a product that is changed', changeProductSchema, { price: 1 }, 'name'],
    ['the reference of an order', placeOrderSchema, order, 'reference'],
    ['the reason of a refund', refundOrderSchema, { amount: 1 }, 'reason'],
    ['the reason of an adjustment', adjustStockSchema, adjustment, 'reason'],
    ['the reference of an adjustment', adjustStockSchema, adjustment, 'reference'],
    ['the reason of giving up a message', discardSchema, {}, 'reason'],
  ])('is refused for %s', (_, schema, body, field) => {
    expect(schema.safeParse({ ...body, [field]: 'x' }).error).toBeUndefined();
    const refused = schema.safeParse({ ...body, [field]: '\u200b ' });
    expect(refused.error?.issues).toMatchObject([{ path: [field], message: 'must have a visible character' }]);
  });

  test('but one that was stored before is still shown', () => expect(nameSchema.parse('\u200b')).toBe('\u200b'));
});
