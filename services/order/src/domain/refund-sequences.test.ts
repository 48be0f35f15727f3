import assert from 'node:assert/strict';
import { test } from '@jest/globals';
import { newId, type Adjustment, type RefundOrder } from '@outrider/contracts';
import type { QuotedLine } from './accepted-order.js';
import { lineTotal, sumOf } from './paid-parts.js';
import { planRefund } from './plan-refund.js';
import { priceOrder } from './price-order.js';
import type { PastRefund } from './refundable-parts.js';
import { startSaga, type Saga } from './saga-state.js';
import { DEFAULT_TIMING } from './saga-timing.js';
import { Chance } from './testing/random.js';

const reason = 'r';
const NOTHING = { pieces: {}, adjustments: {} };

type Refunded = Omit<PastRefund, 'status'> & { status: 'SUCCEEDED' | 'FAILED'; readonly amount: number };

/** An order that is refunded piece by piece, in any portions, of which some fail and some come back days later. */
function refundAll(chance: Chance, step: number): void {
  const products = Array.from({ length: 1 + chance.below(3) }, () => newId());
  const quoted = Array.from({ length: 1 + chance.below(4) }, (): QuotedLine => {
    const productId = chance.of(products);
    // one price a product, as the catalogue has it
    const unitPrice = [0, 1, 333, 99_999_999][products.indexOf(productId) % 4]! * step;
    return { productId, sku: 's', name: 'n', quantity: 1 + chance.below(7), unitPrice };
  });
  const policy = Array.from({ length: chance.below(4) }, (): Adjustment => ({
    kind: chance.of(['shipping', 'voucher', 'fee']),
    label: 'x',
    amount: (chance.below(3_000) - 1_500) * step,
    ...(chance.is(0.2) && { appliesTo: chance.of(['lines', 'order'] as const) }),
  }));
  const { lines, adjustments, total } = priceOrder(quoted, policy, step);
  const started = startSaga({ id: newId(), total }, '1', new Date(0), DEFAULT_TIMING);
  const past: Refunded[] = [];
  const given = () => past.map(({ amount, status }) => (status === 'SUCCEEDED' ? amount : 0));
  const saga = (): Saga => ({ ...started, step: 'DONE', capturedAmount: total, refundedAmount: sumOf(given()) });
  const plan = (asked: RefundOrder) => {
    const facts = { saga: saga(), order: { adjustments, total }, lines, refunds: past, step };
    const planned = planRefund(asked, facts);
    if (planned.kind === 'planned') assert.equal(planned.amount % step, 0, 'the provider cannot move it');
    return planned;
  };
  const left = () =>
    products
      .map((productId) => ({
        productId,
        quantity:
          sumOf(lines.filter((one) => one.productId === productId).map(({ quantity }) => quantity)) -
          sumOf(
            past.flatMap(({ status, lines: of = [] }) =>
              status === 'SUCCEEDED' ? of.filter((one) => one.productId === productId).map((one) => one.quantity) : [],
            ),
          ),
      }))
      .filter(({ quantity }) => quantity > 0);
  for (let rest = left(); rest.length > 0; rest = left()) {
    const items = rest
      .filter(() => chance.is(0.6))
      .map(({ productId, quantity }) => ({ productId, quantity: 1 + chance.below(quantity) }));
    if (items.length === 0) continue;
    const planned = plan({ items, reason, restock: true });
    if (planned.kind === 'planned') {
      const { amount, shares } = planned;
      const status = amount > 0 && chance.is(0.2) ? 'FAILED' : 'SUCCEEDED';
      const restocked = status === 'SUCCEEDED' || chance.is(0.5);
      past.push({ amount, lines: items, status, restocked, shares });
    } else {
      // pieces whose money came back are in stock: only their money is given back again, if they cost any
      const again = plan({ items, reason });
      assert.ok(again.kind === 'planned' || again.kind === 'not-refundable', JSON.stringify([planned, again]));
      const { amount, shares } = again.kind === 'planned' ? again : { amount: 0, shares: NOTHING };
      past.push({ amount, lines: items, status: 'SUCCEEDED', restocked: false, shares });
    }
    // one of before may come back
    const one = chance.of(past);
    if (one.amount > 0 && chance.is(0.1)) one.status = 'FAILED';
    assert.ok(sumOf(given()) <= sumOf(lines.map((each) => lineTotal(each))), 'a cent too much');
  }
  assert.equal(sumOf(given()), sumOf(lines.map((one) => lineTotal(one))));
  const kinds = [...new Set(adjustments.map(({ kind }) => kind))];
  for (const kind of kinds) {
    const planned = plan({ adjustments: [kind], reason });
    if (planned.kind === 'planned')
      past.push({
        amount: planned.amount,
        status: 'SUCCEEDED',
        restocked: false,
        shares: planned.shares,
      });
  }
  assert.equal(sumOf(given()), total, 'what stands beside the lines');
}

test.each([
  { step: 1, orders: 3_000 },
  // as a provider moves dinars and ariary
  { step: 10, orders: 1_000 },
  { step: 100, orders: 500 },
])(
  'F27 in whatever portions and whatever fails: pieces give back exactly what was paid for the lines, in steps of $step, and never a cent more on the way',
  ({ step, orders }) => {
    for (let seed = 1; seed <= orders; seed += 1) {
      try {
        refundAll(new Chance(seed), step);
      } catch (error) {
        throw new Error(`with seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
      }
    }
  },
);
