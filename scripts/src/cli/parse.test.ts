import { describe, expect, it } from '@jest/globals';
import { payments, percentage, wholeNumber } from './parse.js';

describe('options', () => {
  it('takes whole numbers within their limits', () => {
    expect(wholeNumber(1, 10)('7')).toBe(7);
    for (const wrong of ['0', '11', '1.5', '-1', 'two', '', '1e1', ' 3']) {
      expect(() => wholeNumber(1, 10)(wrong)).toThrow('a whole number from 1 to 10');
    }
  });

  it('takes percentages', () => {
    expect(['80', '80%', '12.5', '0', '100'].map(percentage)).toEqual([80, 80, 12.5, 0, 100]);
    for (const wrong of ['101', '-1', 'all', '', '%', '8 0']) {
      expect(() => percentage(wrong)).toThrow('a percentage from 0 to 100');
    }
  });

  it('takes what the payment provider is to do wrong, and names which kind it does not know', () => {
    expect(payments('declines=10')).toMatchObject({ text: 'declines=10', behaviour: { declines: 10, forged: 0 } });
    expect(() => payments('decline=10')).toThrow("'decline' is not known");
  });
});
