import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { figures, renderFigures } from '@outrider/judge/testing';
import { PROJECT_ROOT } from '../run/project.js';

/** Writes the tables of docs/judge.md. */
const page = join(PROJECT_ROOT, 'docs/judge.md');
const text = await readFile(page, 'utf8');
await writeFile(
  page,
  text.replace(/\| orders that fail on both sides[\s\S]*\| \d+ orders \|\n/u, () => renderFigures(figures())),
);
