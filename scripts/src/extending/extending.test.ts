import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stepsOf } from './guide.js';
import { COMPILING_MS, copySources, type SourceTree } from './source-tree.js';

const ADDED = ['An event type', 'A payment provider', 'A policy'] as const;

test.each(ADDED)('%s is added in three files at most', (heading) => {
  const files = new Set(stepsOf(heading).map(({ path }) => path));
  expect(files.size).toBeGreaterThan(0);
  expect(files.size).toBeLessThanOrEqual(3);
});

describe('all that docs/extending.md adds', () => {
  let tree: SourceTree;
  beforeAll(async () => {
    tree = await copySources();
    for (const heading of ADDED) await tree.apply(stepsOf(heading));
  });
  afterAll(() => tree.remove());

  test(
    'compiles',
    async () => {
      const services = ['order', 'inventory', 'payment', 'product'];
      expect(await tree.compile(services.map((service) => `services/${service}/src/main.ts`))).toBe('');
    },
    COMPILING_MS,
  );
});
