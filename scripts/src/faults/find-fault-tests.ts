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

/** A text that begins with numbers of faults and is the first argument of a call, as a test's name is. */
const NAME = /\(\s*(['"`])(F\d{2}(?:,? F\d{2})*)[ :]+(.+?)\1\s*,/gu;

/** The tests in a source text that name faults. */
export function faultTestsIn(source: string, path: string): FaultTest[] {
  return [...source.matchAll(NAME)].map(([, , numbers = '', title = '']) => ({
    faults: numbers.split(/,? /u),
    title: title.replaceAll(/\\(['"`])/gu, '$1'),
    path,
  }));
}

const FOLDERS = ['packages', 'services', 'scripts'];

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
