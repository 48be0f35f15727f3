import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PROJECT_ROOT } from '../run/project.js';

test('every file that docs/where-to-look.md names is there', () => {
  const text = readFileSync(join(PROJECT_ROOT, 'docs/where-to-look.md'), 'utf8');
  const named = [...text.matchAll(/\[`([^`]+)`\]\(\.\.\/([^)]+)\)/gu)].map(([, shown, path]) => [shown, path]);
  expect(named.length).toBeGreaterThan(0);
  for (const [shown, path] of named) expect(path).toBe(shown);
  expect(named.filter(([, path = '']) => !existsSync(join(PROJECT_ROOT, path)))).toEqual([]);
});
