import { describe, expect, it } from '@jest/globals';
import { addResults, FAILED_RUN, readResults, type Results } from './results.js';
import { asFailures, closingLine, exitCodeOf, skipLine, unexcused } from './summary.js';

const FILE = {
  name: '/a.test.ts',
  status: 'passed',
  startTime: 1_000,
  endTime: 3_500,
  assertionResults: [
    { status: 'passed', fullName: 'a' },
    { status: 'passed', fullName: 'a2' },
    { status: 'pending', fullName: 'b works (needs Docker)' },
    { status: 'pending', fullName: 'c works (needs Docker)' },
    { status: 'todo', fullName: 'd' },
  ],
};

const jest = (change: object): Results =>
  addResults(readResults(JSON.stringify({ testResults: [{ ...FILE, ...change }] })));

describe('the summary of a test run', () => {
  const results = jest({});

  it('closes with the counts and says what was skipped and why, on one line', () => {
    expect(closingLine(results)).toBe('2 passed, 0 failed, 3 skipped');
    expect(skipLine(results.skips)).toBe('Skipped: 2 tests without Docker, 1 test without a reason (d).');
    expect(skipLine([])).toBeUndefined();
  });

  it('counts a file that cannot be loaded, and a run that wrote nothing, as failures', () => {
    const broken = jest({ status: 'failed' });
    expect(closingLine(addResults([broken, FAILED_RUN]))).toBe('2 passed, 2 failed, 3 skipped');
    expect(exitCodeOf(broken)).toBe(1);
    const one = { status: 'failed', fullName: 'e' };
    expect(jest({ status: 'failed', assertionResults: [one] })).toMatchObject({ passed: 0, failed: 1 });
  });

  it('is good only when a test ran', () => {
    const nothing: Results = { passed: 0, failed: 0, skips: [] };
    expect(exitCodeOf(nothing)).toBe(1);
    expect(exitCodeOf(results)).toBe(0);
  });

  it('excuses a skip only for what is not there', () => {
    expect(unexcused(results.skips, []).map(({ test }) => test)).toEqual(['d']);
    const wrong = unexcused(results.skips, ['Docker']);
    expect(wrong).toHaveLength(3);
    expect(closingLine(asFailures(results, wrong))).toBe('2 passed, 3 failed, 0 skipped');
    const both = [{ test: 'e', needs: 'kube-apiserver and Helm' }];
    expect(unexcused(both, ['Helm'])).toEqual([]);
    expect(unexcused(both, ['Helm', 'kube-apiserver'])).toEqual(both);
  });
});
