import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { findRetired, type Allowance, type Finding, type RetiredWord } from './find-retired.js';

const EXTENSIONS = /\.(?:ts|mjs|md|toml|sh)$/u;
const NOT_OURS: ReadonlySet<string> = new Set(['node_modules', 'dist', '.git', '.run', '.cache', 'coverage']);

/** Finds retired words in all files below a folder that people read: TypeScript, Markdown, settings, shell. */
export async function checkWords(
  root: string,
  words: readonly RetiredWord[],
  allowances: readonly Allowance[],
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for await (const file of filesBelow(root)) {
    const path = relative(root, file).replaceAll('\\', '/');
    findings.push(...findRetired(path, await readFile(file, 'utf8'), words, allowances));
  }
  return findings.toSorted((one, other) => one.path.localeCompare(other.path) || one.line - other.line);
}

async function* filesBelow(directory: string): AsyncGenerator<string> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (NOT_OURS.has(entry.name)) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile() && EXTENSIONS.test(entry.name)) yield path;
  }
}
