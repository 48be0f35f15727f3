import { describe, expect, test } from '@jest/globals';
import { judge, type Evidence } from './judge.js';
import { MEASURES, NO_COUNTS, type Counts } from './measures.js';
import { DEFAULT_RULES, type Rules } from './rules.js';

const orders = (completed: number, failed: number, overdue = 0): Counts => ({
  ...NO_COUNTS,
  ordersEnded: { COMPLETED: completed, FAILED: failed },
  ordersOverdue: overdue,
});

const seen = (canary: Counts | undefined, stable: Counts | undefined, more: Partial<Evidence> = {}): Evidence => ({
  canary,
  stable,
  restarts: 0,
  outOfMemoryKills: 0,
  booksDifferences: 0,
  ...more,
});

const verdictOf = (evidence: Evidence, rules: Partial<Rules> = {}) => {
  const { verdict, reason } = judge(evidence, { ...DEFAULT_RULES, ...rules });
  return `${verdict} ${reason}`;
};

describe('a canary', () => {
  test('passes when enough orders ended on both sides, no worse on its own', () => {
    expect(judge(seen(orders(58, 2), orders(230, 10)), DEFAULT_RULES)).toEqual({
      verdict: 'pass',
      reason: 'NotWorse',
      message: 'Not worse than the stable revision after 60 orders.',
      findings: [
        expect.objectContaining({
          measure: 'orders',
          canary: { trials: 60, failures: 2 },
          stable: { trials: 240, failures: 10 },
        }),
      ],
    });
  });

  test('fails when more of its orders fail than chance allows, and says with which numbers', () => {
    const { verdict, reason, message } = judge(seen(orders(12, 8), orders(76, 4)), DEFAULT_RULES);
    expect([verdict, reason]).toEqual(['fail', 'WorseThanStable']);
    expect(message).toBe(
      '8 of 20 orders of the canary failed and 4 of 80 of the stable revision (p = 0.00020), worse than chance allows.',
    );
  });

  test('does not fail when both sides fail alike, however often', () => {
    expect(verdictOf(seen(orders(30, 30), orders(120, 120)))).toBe('pass NotWorse');
    expect(verdictOf(seen(orders(0, 60), orders(0, 240)))).toBe('pass NotWorse');
  });

  test('does not fail because it is better', () => {
    expect(verdictOf(seen(orders(60, 0), orders(120, 120)))).toBe('pass NotWorse');
  });

  test('whose orders hang fails, though none of them ends', () => {
    expect(verdictOf(seen(orders(0, 0, 10), orders(60, 3)))).toBe('fail WorseThanStable');
  });

  test('whose orders are late fails long before they are overdue, and says how', () => {
    const late = { ...orders(0, 0), orderTimes: { inTime: 0, late: 5 } };
    const { verdict, message } = judge(
      seen(late, { ...orders(40, 0), orderTimes: { inTime: 40, late: 0 } }),
      DEFAULT_RULES,
    );
    expect([verdict, message]).toEqual([
      'fail',
      '5 of 5 orders of the canary were late and 0 of 40 of the stable revision (p = 8.2e-7), worse than chance allows.',
    ]);
  });

  test('is not judged by how long orders take where one side does not count it', () => {
    const late = { ...orders(60, 0), orderTimes: { inTime: 0, late: 60 } };
    expect(verdictOf(seen(late, orders(60, 0)))).toBe('pass NotWorse');
    expect(verdictOf(seen(orders(60, 0), late))).toBe('pass NotWorse');
  });

  test('is not to blame for orders of the stable side that hang', () => {
    expect(verdictOf(seen(orders(60, 0), orders(0, 0, 70)))).toBe('pass NotWorse');
  });

  test('of which little was counted is held, and so is one with little to compare with', () => {
    expect(verdictOf(seen(orders(59, 0), orders(400, 0)))).toBe('hold TooFewSamples');
    expect(verdictOf(seen(orders(400, 0), orders(59, 0)))).toBe('hold TooFewSamples');
    expect(judge(seen(orders(59, 0), orders(400, 0)), DEFAULT_RULES).message).toBe('Canary: 59 of 60 orders.');
    expect(judge(seen(orders(60, 0), orders(7, 0)), DEFAULT_RULES).message).toBe('Stable: 7 of 60 orders.');
  });

  test('that looks worse, but not beyond doubt, is held', () => {
    expect(verdictOf(seen(orders(53, 7), orders(230, 10)))).toBe('hold InDoubt');
  });

  test('never passes on what is not known', () => {
    expect(verdictOf(seen(undefined, orders(400, 0)))).toBe('hold CanaryUnknown');
    expect(verdictOf(seen(orders(400, 0), undefined))).toBe('hold StableUnknown');
    expect(verdictOf(seen(NO_COUNTS, NO_COUNTS))).toBe('hold TooFewSamples');
  });

  test('passes only when everything required was counted', () => {
    const required = ['orders', 'requests'] as const;
    expect(verdictOf(seen(orders(90, 0), orders(90, 0)), { required })).toBe('hold TooFewSamples');
    const busy = { ...orders(90, 0), requests: 400 };
    expect(verdictOf(seen(busy, busy), { required })).toBe('pass NotWorse');
  });
});

const good: Counts = {
  ordersEnded: { COMPLETED: 90 },
  ordersOverdue: 0,
  orderTimes: { inTime: 90, late: 0 },
  answers: {
    RESERVATION_CREATION_SUCCEEDED: 90,
    RESERVATION_CONFIRM: 90,
    PAYMENT_CREATION_SUCCEEDED: 90,
    PAYMENT_CONFIRM: 90,
    PAYMENT_REFUNDED: 90,
  },
  requests: 90,
  serverErrors: 0,
  messages: 90,
  messagesParked: 0,
};

test.each<[string, Partial<Counts>]>([
  ['orders', { ordersEnded: { COMPLETED: 60, PAYMENT_FAILED: 30 } }],
  ['orders in time', { orderTimes: { inTime: 60, late: 30 } }],
  ['reservations', { answers: { ...good.answers, RESERVATION_CREATION_FAILED: 30 } }],
  ['reservation confirmations', { answers: { ...good.answers, RESERVATION_CONFIRM_FAILED: 30 } }],
  ['authorisations', { answers: { ...good.answers, PAYMENT_CREATION_FAILED: 30 } }],
  ['captures', { answers: { ...good.answers, PAYMENT_CONFIRM_FAILED: 30 } }],
  ['refunds', { answers: { ...good.answers, PAYMENT_REFUND_FAILED: 30 } }],
  ['requests', { serverErrors: 30 }],
  ['messages', { messagesParked: 30 }],
])('a canary fails by its %s alone, required or not, and a stable side that is as bad clears it', (name, bad) => {
  expect(MEASURES).toContain(name);
  const worse = { ...good, ...bad };
  const { verdict, findings } = judge(seen(worse, good), DEFAULT_RULES);
  expect([verdict, findings.filter(({ pValue }) => pValue < 0.001).map(({ measure }) => measure)]).toEqual([
    'fail',
    [name],
  ]);
  expect(verdictOf(seen(worse, worse))).toBe('pass NotWorse');
  expect(verdictOf(seen(good, worse))).toBe('pass NotWorse');
});

describe('a hard limit fails a canary at once', () => {
  const fine = orders(400, 0);

  test.each<[string, Partial<Evidence>, Partial<Evidence>]>([
    ['BooksDiffer', { booksDifferences: 1 }, { booksDifferences: 0 }],
    ['CrashLoop', { restarts: 3 }, { restarts: 2 }],
    ['OutOfMemory', { outOfMemoryKills: 1 }, { outOfMemoryKills: 0 }],
  ])('%s', (reason, beyond, within) => {
    expect(verdictOf(seen(fine, fine, beyond))).toBe(`fail ${reason}`);
    expect(verdictOf(seen(undefined, undefined, beyond))).toBe(`fail ${reason}`);
    expect(verdictOf(seen(fine, fine, within))).toBe('pass NotWorse');
  });

  test('TooManyServerErrors, also where the stable side is as bad', () => {
    const failing = (serverErrors: number, requests = 60): Counts => ({ ...fine, requests, serverErrors });
    expect(verdictOf(seen(failing(31), failing(31)))).toBe('fail TooManyServerErrors');
    expect(verdictOf(seen(failing(31), undefined))).toBe('fail TooManyServerErrors');
    expect(verdictOf(seen(failing(30), failing(30)))).toBe('pass NotWorse');
    expect(verdictOf(seen(failing(59, 59), failing(59, 59)))).toBe('pass NotWorse');
  });

  test('books that were not asked are no reason', () => {
    expect(verdictOf(seen(fine, fine, { booksDifferences: undefined }))).toBe('pass NotWorse');
  });
});

test('rules that cannot be are refused, each by its name', () => {
  const wrong = {
    level: 0,
    doubt: 1,
    required: ['order'],
    minimum: 0,
    limits: { restarts: -1, outOfMemoryKills: 0.5, serverErrorShare: 2 },
  } as unknown as Rules;
  expect(() => judge(seen(undefined, undefined), wrong)).toThrow(
    new RangeError(
      'level must be above 0 and below 0.5; doubt must be at least level and below 1; ' +
        'required: "order" is none of orders, orders in time, reservations, reservation confirmations, authorisations, captures, ' +
        'refunds, requests, messages; minimum must be a whole number of at least 1; ' +
        'limits.restarts must be a whole number of at least 0; ' +
        'limits.outOfMemoryKills must be a whole number of at least 0; ' +
        'limits.serverErrorShare must be above 0 and at most 1',
    ),
  );
  expect(() => judge(seen(undefined, undefined), { ...DEFAULT_RULES, required: [] })).toThrow(/at least one measure/u);
  expect(() => judge(seen(undefined, undefined), { ...DEFAULT_RULES, level: 0.1 })).toThrow(/doubt must be at least/u);
});
