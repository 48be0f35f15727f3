import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PROJECT_ROOT } from '../run/project.js';

test('docs/where-to-look.md has ten questions, each with three files at most, and every file is there', () => {
  const text = readFileSync(join(PROJECT_ROOT, 'docs/where-to-look.md'), 'utf8');
  const named = [...text.matchAll(/\[`([^`]+)`\]\(\.\.\/([^)]+)\)/gu)].map(([, shown, path]) => [shown, path]);
  expect(named.length).toBeGreaterThan(0);
  for (const [shown, path] of named) expect(path).toBe(shown);
  expect(named.filter(([, path = '']) => !existsSync(join(PROJECT_ROOT, path)))).toEqual([]);
  const questions = text.split(/^## /mu).slice(1);
  expect(questions).toHaveLength(10);
  for (const question of questions) expect(question.match(/^- /gmu)?.length).toBeLessThanOrEqual(3);
});
