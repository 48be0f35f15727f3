import { expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { releaseOf } from './stripe-release.js';
import { refundSchema, type Refund } from './stripe-refunds.js';

/** 1000 authorised, 600 captured. */
const charge = (counted: number) => ({ amount: 1_000, amount_captured: 600, amount_refunded: counted });
let made = 0;
const refund = (amount: number, fields: object = {}): Refund => {
  made += 1;
  return refundSchema.parse({
    id: `re_${made}`,
    amount,
    currency: 'eur',
    created: made,
    status: 'succeeded',
    ...fields,
  });
};
const ofOurs = { metadata: { refund_id: newId() } };

test.each<[string, number, Refund[], Refund[]]>([
  ['alone', 400, [refund(400)], []],
  ['before one of ours of the same amount', 800, [refund(400)], [refund(400, ofOurs)]],
  ['before one by hand of the same amount', 800, [refund(400)], [refund(400)]],
  [
    'before one by hand of the same amount and second',
    800,
    [refund(400, { created: 9 })],
    [refund(400, { created: 9 })],
  ],
  ['before one by hand of less', 410, [refund(400)], [refund(10)]],
  ['before several by hand', 700, [refund(400)], [refund(100), refund(100), refund(100)]],
  ['before all of the captured was given back by hand', 1_000, [refund(400)], [refund(600)]],
  ['before one that failed', 400, [refund(400)], [refund(400, { status: 'failed' })]],
])(
  'a release is told by the refunded amount, or is the first of all refunds: %s',
  (_what, counted, [release], others) => {
    const newestFirst = [release!, ...others].toReversed();
    expect(releaseOf(charge(counted), newestFirst)).toEqual({ refund: release, certain: counted > 600 });
  },
);

test.each<[string, number, Refund[]]>([
  ['nothing was given back', 0, []],
  ['less was given back than a release is', 300, [refund(300)]],
  ['it does not count yet', 0, [refund(400)]],
  ['the one of its amount is of ours', 400, [refund(400, ofOurs)]],
  ['another one was first', 500, [refund(100), refund(400)]],
  ['one that failed was first', 400, [refund(400, { status: 'failed' }), refund(400)]],
  ['somebody gave it a reason', 400, [refund(400, { reason: 'requested_by_customer' })]],
  ['no refund has its amount', 600, [refund(600)]],
])('there is no release where %s', (_what, counted, oldestFirst) => {
  expect(releaseOf(charge(counted), oldestFirst.toReversed())).toBeUndefined();
});

test.each([
  ['in full', { amount: 1_000, amount_captured: 1_000, amount_refunded: 400 }],
  ['beyond what was authorised', { amount: 1_000, amount_captured: 1_400, amount_refunded: 400 }],
  ['not at all', { amount: 1_000, amount_captured: 0, amount_refunded: 1_000 }],
  ['by an amount that is not shown', { amount_refunded: 400 }],
])('a charge that was captured %s has no release', (_how, of) => {
  expect(releaseOf(of, [refund(400), refund(1_000)])).toBeUndefined();
});
