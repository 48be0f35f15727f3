import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { figures, renderFigures } from './testing/index.js';

const found = figures();

test('docs/judge.md shows what the default rules do (npm run docs:judge writes it)', async () => {
  const text = await readFile(new URL('../../../docs/judge.md', import.meta.url), 'utf8');
  expect(text).toContain(renderFigures(found));
});

test('good canaries are rarely failed, also where one order in five fails anyway', () => {
  for (const { judged } of found.wronglyFailed) expect(judged).toBeLessThan(0.01);
});

test('a canary that fails three in ten against one in twenty is found within 60 orders, with four times as many to compare', () => {
  const row = found.found.find((one) => one.stable === 0.05 && one.canary === 0.3 && one.stableToCanary === 4);
  expect(row?.within60).toBeGreaterThan(0.95);
  expect(row?.passed).toBeLessThan(0.01);
});
