import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** A test that names faults. */
export interface FaultTest {
  /** e.g. F05, F09 */
  readonly faults: readonly string[];
  /** the rest of its name */
  readonly title: string;
  /** of its file, from the root, with slashes */
  readonly path: string;
}

/**
 * The first argument of a call of describe, test or it: a name. A table of cases and a choice between test and
 * test.skip end with a bracket of their own; what is called then is not looked for.
 */
const NAME = /(?:\b(describe|test|it)(?:\.\w+(?:\([^)]*\))?)*|\))\(\s*(['"`])((?:\\.|(?!\2).)+)\2\s*,/gsu;
const NUMBERED = /^(F\d{2}(?:,? F\d{2})*)(?:[ :]+(.+))?$/su;

/**
 * The tests in a source text that name faults. A describe that is called by numbers alone gives them to the tests in
 * it, that is, to those up to the next describe.
 */
export function faultTestsIn(source: string, path: string): FaultTest[] {
  const found: FaultTest[] = [];
  let around: readonly string[] = [];
  for (const [, call, , raw = ''] of source.matchAll(NAME)) {
    const name = raw.replaceAll(/\\(['"`])/gu, '$1');
    const [, numbers, title] = NUMBERED.exec(name) ?? [];
    const faults = numbers?.split(/,? /u) ?? [];
    if (call === 'describe') around = title === undefined ? faults : [];
    if (title !== undefined) found.push({ faults, title, path });
    else if (call !== undefined && call !== 'describe' && around.length > 0)
      found.push({ faults: around, title: name, path });
  }
  return found;
}

const FOLDERS = ['packages', 'services', 'scripts', 'bench', 'examples'];

/** All tests of the project that name faults, ordered by path. */
export async function findFaultTests(root: string): Promise<FaultTest[]> {
  const found: FaultTest[] = [];
  for (const folder of FOLDERS) {
    for await (const file of testFiles(join(root, folder))) {
      found.push(...faultTestsIn(await readFile(file, 'utf8'), relative(root, file).replaceAll('\\', '/')));
    }
  }
  return found.sort((one, other) => (one.path < other.path ? -1 : one.path > other.path ? 1 : 0));
}

async function* testFiles(directory: string): AsyncGenerator<string> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist') continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* testFiles(path);
    else if (entry.name.endsWith('.test.ts')) yield path;
  }
}
