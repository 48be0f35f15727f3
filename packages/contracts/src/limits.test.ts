import { describe, expect, test } from '@jest/globals';
import { newId } from './ids.js';
import { placeOrderSchema } from './http/order-api.js';
import { reservationSchema } from './http/inventory-api.js';
import { pageQuerySchema } from './http/page.js';
import { listProductsQuerySchema, registerProductSchema } from './http/product-api.js';
import { encodeEvent } from './events/codec.js';
import { amountSchema, LIMITS, priceSchema, quantitySchema } from './money.js';

const order = (items: readonly unknown[]) => ({ items, currency: 'EUR', paymentMethod: 'tok_visa' });
const biggestLines = Array.from({ length: LIMITS.lines }, () => ({ productId: newId(), quantity: LIMITS.quantity }));

describe('no total leaves the integers that a number holds exactly', () => {
  test('the largest order there may be', () => {
    expect(placeOrderSchema.safeParse(order(biggestLines)).success).toBe(true);
    let total = 0n;
    for (const { quantity } of biggestLines) total += BigInt(quantity) * BigInt(LIMITS.price);
    expect(total).toBe(BigInt(LIMITS.total));
    expect(total).toBeLessThan(2n ** 53n);
    expect(amountSchema.safeParse(LIMITS.total).success).toBe(true);
  });

  test.each([
    ['one line more', order([...biggestLines, biggestLines[0]])],
    ['no line', order([])],
    ['one piece more', order([{ productId: newId(), quantity: LIMITS.quantity + 1 }])],
    ['no piece', order([{ productId: newId(), quantity: 0 }])],
    ['half a piece', order([{ productId: newId(), quantity: 0.5 }])],
    ['a quantity that is text', order([{ productId: newId(), quantity: '1' }])],
    ['an unknown field', { ...order(biggestLines.slice(0, 1)), price: 1 }],
    ['an unknown field of a line', order([{ ...biggestLines[0], price: 1 }])],
    ['a prototype key', JSON.parse(JSON.stringify(order(biggestLines)).replace('{', '{"__proto__":{},')) as unknown],
  ])('%s is refused', (_, body) => expect(placeOrderSchema.safeParse(body).success).toBe(false));

  test.each([Number.NaN, Infinity, -Infinity, -1, 1.5, 2 ** 53, '1', null])('%p is no amount', (value) => {
    for (const schema of [amountSchema, priceSchema, quantitySchema]) {
      expect(schema.safeParse(value).success).toBe(false);
    }
  });

  test('a price above the limit is refused', () => {
    const product = { sku: 'A', name: 'A', price: LIMITS.price, currency: 'EUR' };
    expect(registerProductSchema.safeParse(product).success).toBe(true);
    expect(registerProductSchema.safeParse({ ...product, price: LIMITS.price + 1 }).success).toBe(false);
  });

  test('lines of one product counted together are still a quantity to answer with', () => {
    const lines = [{ productId: newId(), quantity: LIMITS.lines * LIMITS.quantity }];
    const encode = (): unknown =>
      encodeEvent({ source: 'test', version: '1' }, 'order-event', 'RESERVATION_CREATION_FAILED', newId(), {
        commandId: newId(),
        reason: 'OUT_OF_STOCK',
        lines,
      });
    expect(encode).not.toThrow();
    const at = new Date().toISOString();
    const reservation = { id: newId(), orderId: newId(), status: 'RESERVED', expiresAt: at, createdAt: at };
    expect(reservationSchema.safeParse({ ...reservation, lines, updatedAt: at }).success).toBe(true);
  });
});

describe('pages', () => {
  test('fifty rows when nothing is asked for', () => {
    expect(pageQuerySchema.parse({})).toEqual({ limit: 50 });
  });

  test.each([{ limit: '0' }, { limit: '201' }, { limit: 'many' }, { limit: '1.5' }, { starting_after: "1' OR '1" }])(
    '%p is refused',
    (query) => expect(pageQuerySchema.safeParse(query).success).toBe(false),
  );

  test('up to 200 ids', () => {
    const ids = Array.from({ length: 200 }, () => newId());
    expect(listProductsQuerySchema.parse({ ids: ids.join(',') }).ids).toEqual(ids);
    for (const wrong of [[...ids, newId()], [], ['x'], [ids[0], '']]) {
      expect(listProductsQuerySchema.safeParse({ ids: wrong.join(',') }).success).toBe(false);
    }
  });
});
