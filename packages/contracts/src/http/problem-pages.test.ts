import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { problemPage } from './problem-page.js';
import { PROBLEMS, type ProblemKind } from './problem.js';

const FOLDER = fileURLToPath(new URL('../../../../docs/problems/', import.meta.url));
const KINDS = Object.keys(PROBLEMS) as ProblemKind[];

// UPDATE_DOCS=1 writes the pages again
test('docs/problems has a page for each kind, as the guide says it, and no other', async () => {
  if (process.env['UPDATE_DOCS'] === '1') {
    for (const kind of KINDS) await writeFile(`${FOLDER}${kind}.md`, problemPage(kind));
  }
  expect((await readdir(FOLDER)).sort()).toEqual(KINDS.map((kind) => `${kind}.md`).sort());
  for (const kind of KINDS) expect(await readFile(`${FOLDER}${kind}.md`, 'utf8')).toBe(problemPage(kind));
});
