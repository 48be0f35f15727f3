import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PROJECT_ROOT } from '../run/project.js';
import { referenceText } from './text.js';

test('docs/operator-reference.md is what `npm run docs:operator` makes', async () => {
  expect(await readFile(join(PROJECT_ROOT, 'docs/operator-reference.md'), 'utf8')).toBe(referenceText());
});
