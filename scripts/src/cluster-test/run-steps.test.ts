import { expect, test } from '@jest/globals';
import { CommandError } from '../cli/errors.js';
import { Screen } from '../cli/screen.js';
import { Cluster } from './cluster.js';
import { runSteps } from './run-steps.js';
import type { Step, TestRun } from './test-run.js';
import { Tool } from '../cli/tool.js';

/** A cluster whose kubectl repeats what it was asked. */
function testRun(written: string[]): TestRun {
  const echo = new Tool('echo', {});
  const { signal } = new AbortController();
  return {
    cluster: new Cluster(echo, echo, 'shop', signal),
    screen: new Screen({ write: (text: string) => written.push(text) }),
    signal,
    version: '1.0.0',
    orders: 1,
    takeDown: new AsyncDisposableStack(),
    reach: () => Promise.reject(new Error('not reached')),
    leave: () => Promise.resolve(),
  };
}

const good: Step = { name: 'first', title: 'First', run: async () => 'it went well' };
const bad: Step = {
  name: 'second',
  title: 'Second',
  run: () => Promise.reject(new CommandError('an order was lost')),
};

test('steps run in order, and each says what came of it', async () => {
  const written: string[] = [];
  expect(await runSteps([good, { ...good, name: 'next' }], testRun(written))).toBe(0);
  const text = written.join('');
  expect(text).toMatch(/First \(first\)\n {2}it went well\n {2}good, [\d.]+ s\n\nFirst \(next\)/u);
  expect(text).toContain('Everything is as it should be');
});

test('a step that fails is the last one, and what to look at is shown', async () => {
  const written: string[] = [];
  let after = 0;
  const never: Step = { ...good, run: async () => String(after++) };
  expect(await runSteps([good, bad, never], testRun(written))).toBe(1);
  const text = written.join('');
  expect(text).toContain('an order was lost');
  expect(text).toContain('--namespace shop get pods,jobs');
  expect(text).toContain('--field-selector=type=Warning');
  expect(text).toContain('FAILED in second');
  expect(after).toBe(0);
});
