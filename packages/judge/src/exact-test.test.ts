import { describe, expect, test } from '@jest/globals';
import { pValue } from './exact-test.js';

/** The same by its definition, in whole numbers: every split of the failures that is at least as bad for the canary. */
function byDefinition(n: number, a: number, m: number, b: number): number {
  const choose = (of: number, take: number): bigint => {
    let result = 1n;
    for (let i = 0; i < take; i += 1) result = (result * BigInt(of - i)) / BigInt(i + 1);
    return take > of ? 0n : result;
  };
  const failures = a + b;
  let worse = 0n;
  for (let count = a; count <= Math.min(n, failures); count += 1) {
    worse += choose(n, count) * choose(m, failures - count);
  }
  return Number((worse * 10n ** 18n) / choose(n + m, failures)) / 1e18;
}

describe('the exact test', () => {
  test('agrees with its definition on every table of up to nine trials a side', () => {
    let tables = 0;
    for (let n = 0; n <= 9; n += 1) {
      for (let m = 0; m <= 9; m += 1) {
        for (let a = 0; a <= n; a += 1) {
          for (let b = 0; b <= m; b += 1) {
            const p = pValue({ trials: n, failures: a }, { trials: m, failures: b });
            expect(p).toBeCloseTo(byDefinition(n, a, m, b), 12);
            tables += 1;
          }
        }
      }
    }
    expect(tables).toBe(3025);
  });

  // larger tables: the second half is reached by the series
  test.each([
    [60, 18, 240, 12],
    [60, 3, 240, 12],
    [200, 31, 200, 30],
    [500, 1, 500, 40],
    [35, 35, 40, 0],
    [33, 1, 900, 1],
  ])('agrees with its definition: %d with %d failures against %d with %d', (n, a, m, b) => {
    const expected = byDefinition(n, a, m, b);
    const p = pValue({ trials: n, failures: a }, { trials: m, failures: b });
    expect(Math.abs(p - expected)).toBeLessThan(1e-11 + expected * 1e-9);
  });

  test('gives the published value for the lady tasting tea', () => {
    expect(pValue({ trials: 4, failures: 3 }, { trials: 4, failures: 1 })).toBeCloseTo(17 / 70, 12);
  });

  test('says 1 where nothing speaks against the canary', () => {
    expect(pValue({ trials: 0, failures: 0 }, { trials: 50, failures: 9 })).toBe(1);
    expect(pValue({ trials: 50, failures: 9 }, { trials: 0, failures: 0 })).toBe(1);
    expect(pValue({ trials: 50, failures: 0 }, { trials: 50, failures: 9 })).toBe(1);
    expect(pValue({ trials: 50, failures: 50 }, { trials: 70, failures: 70 })).toBe(1);
  });

  test('falls with each further failure of the canary and rises with each of the stable side', () => {
    for (let failures = 1; failures <= 60; failures += 1) {
      expect(pValue({ trials: 60, failures }, { trials: 300, failures: 15 })).toBeLessThan(
        pValue({ trials: 60, failures: failures - 1 }, { trials: 300, failures: 15 }) + 1e-12,
      );
      expect(pValue({ trials: 60, failures: 30 }, { trials: 300, failures })).toBeGreaterThan(
        pValue({ trials: 60, failures: 30 }, { trials: 300, failures: failures - 1 }) - 1e-12,
      );
    }
  });

  test('stays a probability for millions of requests', () => {
    const p = pValue({ trials: 2_000_000, failures: 2_100 }, { trials: 8_000_000, failures: 8_000 });
    // 1.99 standard deviations: the normal approximation gives 0.0233, with half a count of correction 0.0243
    expect(p).toBeCloseTo(0.0243, 4);
    expect(pValue({ trials: 1_000_000, failures: 900_000 }, { trials: 1_000_000, failures: 10 })).toBe(0);
  });

  test.each([
    [{ trials: 3, failures: 4 }],
    [{ trials: -1, failures: 0 }],
    [{ trials: 3, failures: -1 }],
    [{ trials: 2.5, failures: 1 }],
    [{ trials: Number.NaN, failures: 0 }],
    [{ trials: Number.POSITIVE_INFINITY, failures: 0 }],
  ])('refuses %o', (wrong) => {
    expect(() => pValue(wrong, { trials: 1, failures: 0 })).toThrow(RangeError);
    expect(() => pValue({ trials: 1, failures: 0 }, wrong)).toThrow(/stable/u);
  });
});
