import { describe, expect, test } from '@jest/globals';
import { SkippedStretches } from './skipped-stretches.js';

describe('SkippedStretches', () => {
  test('a batch behind a stretch without messages begins where the position stands', () => {
    const stretches = new SkippedStretches();
    stretches.at('t', 0, 10n);
    stretches.walked('t', 0, 12n);
    stretches.walked('t', 0, 40n);
    expect(stretches.from('t', 0, 40n)).toBe(10n);
  });

  test('what was walked over is not walked back, and nothing is known of a partition that was never read', () => {
    const stretches = new SkippedStretches();
    stretches.at('t', 0, 10n);
    stretches.walked('t', 0, 40n);
    stretches.walked('t', 0, 12n);
    stretches.walked('t', 1, 12n);
    expect([stretches.from('t', 0, 40n), stretches.from('t', 0, 12n), stretches.from('t', 1, 12n)]).toEqual([
      10n,
      12n,
      12n,
    ]);
  });

  test('a batch that begins elsewhere is what it says: it may skip messages', () => {
    const stretches = new SkippedStretches();
    stretches.at('t', 0, 10n);
    stretches.walked('t', 0, 12n);
    expect(stretches.from('t', 0, 15n)).toBe(15n);
    expect(stretches.from('t', 1, 12n)).toBe(12n);
  });

  test('after an assignment nothing walked over counts until the position is known again', () => {
    const stretches = new SkippedStretches();
    stretches.at('t', 0, 10n);
    stretches.forget();
    stretches.walked('t', 0, 40n);
    expect(stretches.from('t', 0, 40n)).toBe(40n);
  });
});
