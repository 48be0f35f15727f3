import { describe, expect, test } from '@jest/globals';
import { LIMITS, newId, type Adjustment } from '@outrider/contracts';
import type { QuotedLine } from './accepted-order.js';
import { lineTotal, paidBesideLines, sumOf } from './paid-parts.js';
import { priceOrder, PricingPolicyError } from './price-order.js';
import { Chance } from './testing/random.js';

const [A, B] = [newId(), newId()].sort() as [string, string];
const line = (productId: string, quantity: number, unitPrice: number): QuotedLine => ({
  productId,
  sku: 's',
  name: 'n',
  quantity,
  unitPrice,
});
const voucher = (amount: number, more: Partial<Adjustment> = {}) => ({ kind: 'voucher', label: 'V', amount, ...more });
const shipping = (amount: number) => ({ kind: 'shipping', label: 'Post', amount });

/** What the lines cost, and each adjustment. */
function priced(lines: readonly QuotedLine[], adjustments: unknown) {
  const { lines: agreed, adjustments: taken, total } = priceOrder(lines, adjustments);
  return { lines: agreed.map((one) => lineTotal(one)), adjustments: taken.map(({ amount }) => amount), total };
}

describe('the price of an order', () => {
  test('is that of its lines, and shipping stands beside them', () => {
    expect(priced([line(A, 3, 900)], [])).toEqual({ lines: [2_700], adjustments: [], total: 2_700 });
    expect(priced([line(A, 3, 900)], [shipping(490)])).toEqual({ lines: [2_700], adjustments: [490], total: 3_190 });
  });

  test('is lower by a discount, line by line in proportion to their value, and what applies where may be said', () => {
    expect(priced([line(A, 2, 500)], [voucher(-100)])).toEqual({ lines: [900], adjustments: [-100], total: 900 });
    const lines = [line(A, 1, 300), line(B, 1, 100), line(newId(), 4, 0)];
    expect(priced(lines, [voucher(-101)]).lines).toEqual([224, 75, 0]);
    const fee = voucher(40, { appliesTo: 'order' });
    expect(priced(lines, [fee])).toEqual({ lines: [300, 100, 0], adjustments: [40], total: 440 });
    expect(priced(lines, [{ ...shipping(40), appliesTo: 'lines' }]).lines).toEqual([330, 110, 0]);
  });

  test('gives the odd cent by product, price and quantity, wherever the lines stand', () => {
    const lines = [line(B, 1, 100), line(A, 2, 50), line(A, 1, 100)];
    const byLine = (order: readonly QuotedLine[]) =>
      priceOrder(order, [voucher(-1)])
        .lines.map((one) => `${one.productId} ${one.unitPrice} ${one.quantity} ${one.adjustmentAmount}`)
        .sort();
    expect(byLine(lines)).toEqual(byLine(lines.toReversed()));
    expect(priceOrder(lines, [voucher(-1)]).lines.map((one) => one.adjustmentAmount)).toEqual([0, -1, 0]);
    // half a cent each, of one product at one price
    const two = [line(A, 3, 50), line(A, 1, 50)];
    const bySize = (order: readonly QuotedLine[]) =>
      priceOrder(order, [voucher(-2)]).lines.map((one) => lineTotal(one));
    expect(bySize(two)).toEqual([149, 49]);
    expect(bySize(two.toReversed())).toEqual([49, 149]);
  });

  test('is never the negative zero', () => {
    expect(priceOrder([line(A, 1, 100)], [voucher(-0)]).adjustments[0]?.amount).toBe(0);
    expect(priceOrder([line(A, 1, 100)], [voucher(-0)]).lines[0]?.adjustmentAmount).toBe(0);
  });

  test.each<[string, readonly QuotedLine[], object[], object]>([
    [
      'a voucher larger than the order',
      [line(A, 2, 500)],
      [voucher(-5_000)],
      { lines: [0], adjustments: [-1_000], total: 0 },
    ],
    [
      'a voucher larger than the goods takes the rest off shipping',
      [line(A, 2, 500)],
      [voucher(-1_200), shipping(490)],
      { lines: [0], adjustments: [-1_200, 490], total: 290 },
    ],
    [
      'a voucher larger than goods and shipping',
      [line(A, 2, 500)],
      [voucher(-9_000), shipping(490)],
      { lines: [0], adjustments: [-1_490, 490], total: 0 },
    ],
    [
      'the last of two vouchers takes less',
      [line(A, 2, 500)],
      [voucher(-600), voucher(-600)],
      { lines: [0], adjustments: [-600, -400], total: 0 },
    ],
    [
      'a discount on the order where there is no shipping',
      [line(A, 2, 500)],
      [voucher(-100, { appliesTo: 'order' })],
      { lines: [900], adjustments: [-100], total: 900 },
    ],
    [
      'a fee for what is free',
      [line(A, 3, 0), line(B, 1, 0)],
      [voucher(100)],
      { lines: [75, 25], adjustments: [100], total: 100 },
    ],
    ['nothing off what is free', [line(A, 3, 0)], [voucher(-100)], { lines: [0], adjustments: [0], total: 0 }],
    [
      'the largest order there can be',
      Array.from({ length: LIMITS.lines }, () => line(newId(), LIMITS.quantity, LIMITS.price)),
      [voucher(-LIMITS.total + 1)],
      { total: 1 },
    ],
  ])('%s', (_, lines, adjustments, expected) => {
    expect(priced(lines, adjustments)).toMatchObject(expected);
  });

  test('is divided in the steps in which the provider moves money, where prices and adjustments allow it', () => {
    const dinars = [line(A, 1, 5_010), line(B, 1, 3_330), line(newId(), 3, 0)];
    const { lines } = priceOrder(dinars, [voucher(-830)], 10);
    expect(lines.map((one) => lineTotal(one))).toEqual([4_510, 3_000, 0]);
    expect(priceOrder(dinars, [voucher(-831)], 10).lines.map((one) => lineTotal(one))).toEqual([4_511, 2_998, 0]);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['no list', { kind: 'voucher', label: 'V', amount: -1 }],
    ['a promise', Promise.resolve([])],
    ['a hole', [null]],
    ['half a cent', [voucher(0.5)]],
    ['no number', [voucher(Number.NaN)]],
    ['without end', [voucher(-Infinity)]],
    ['an unsafe amount', [voucher(2 ** 53)]],
    ['an amount as text', [{ ...voucher(0), amount: '1' }]],
    ['a bigint', [{ ...voucher(0), amount: 1n }]],
    ['safe amounts with an unsafe sum', [voucher(Number.MAX_SAFE_INTEGER), voucher(Number.MAX_SAFE_INTEGER)]],
    ['a label that is too long', [{ ...voucher(1), label: 'x'.repeat(201) }]],
    ['no label', [{ kind: 'voucher', amount: 1 }]],
    ['an empty kind', [{ ...voucher(1), kind: '' }]],
    ['NUL in a label', [{ ...voucher(1), label: 'a\u0000' }]],
    ['half a character in a reference', [{ ...voucher(1), reference: '\ud800' }]],
    ['an unknown field', [{ ...voucher(1), appliesto: 'order' }]],
    ['an unknown place', [{ ...voucher(1), appliesTo: 'shipping' }]],
    ['more of them than an event holds', Array.from({ length: 101 }, () => voucher(1))],
  ])('a policy that answers %s is a bug that is explained', (_, answer) => {
    expect(() => priceOrder([line(A, 1, 100)], answer)).toThrow(PricingPolicyError);
    expect(() => priceOrder([line(A, 1, 100)], answer)).toThrow(
      /the pricing policy's adjustments (?:are malformed: .|make a total)/u,
    );
  });

  test('comes out whatever a policy answers within bounds: exact to the minor unit, never below 0', () => {
    const chance = new Chance(11);
    const bounded = (): number => chance.of([0, 1, -1, chance.below(2_001) - 1_000, chance.below(2e12) - 1e12]);
    for (let round = 0; round < 4_000; round += 1) {
      const products = [A, B, newId()];
      const lines = Array.from({ length: 1 + chance.below(5) }, () =>
        line(
          chance.of(products),
          1 + chance.below(chance.of([3, 1_000])),
          chance.of([0, 1, chance.below(1_000), LIMITS.price]),
        ),
      );
      const asked = Array.from({ length: chance.below(5) }, (): Adjustment => ({
        kind: chance.of(['shipping', 'voucher', 'fee']),
        label: 'x',
        amount: bounded(),
        ...(chance.is(0.3) && { appliesTo: chance.of(['lines', 'order'] as const) }),
      }));
      const { lines: agreed, adjustments, total } = priceOrder(lines, asked);
      const goods = sumOf(lines.map(({ quantity, unitPrice }) => quantity * unitPrice));
      expect(total).toBe(goods + sumOf(adjustments.map(({ amount }) => amount)));
      expect(total).toBe(Math.max(0, goods + sumOf(asked.map(({ amount }) => amount))));
      expect(adjustments.every(({ amount }, index) => Math.abs(amount) <= Math.abs(asked[index]!.amount))).toBe(true);
      const lineTotals = agreed.map((one) => lineTotal(one));
      expect(Math.min(...lineTotals)).toBeGreaterThanOrEqual(0);
      const beside = [...paidBesideLines(agreed, adjustments, total).values()];
      expect(sumOf(lineTotals) + sumOf(beside)).toBe(total);
      expect(Math.min(0, ...beside)).toBe(0);
      for (const number of [total, ...lineTotals]) expect(Number.isSafeInteger(number)).toBe(true);
    }
  });
});
