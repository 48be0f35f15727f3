import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addResults, type FileResults } from './results.js';
import { runFailedAgain } from './run-again.js';
import { patternOf, runJest } from './run-jest.js';

// A project of its own with files that jest itself does not try again, whatever the setting of its retries.
const ONCE = `import { existsSync, writeFileSync } from 'node:fs';
const marker = new URL(import.meta.url + '.ran');
const first = !existsSync(marker);
writeFileSync(marker, '');
`;
const FILES = {
  'good.test.mjs': `test('good', () => {});`,
  'before-all-once.test.mjs': `${ONCE}
beforeAll(() => { if (first) throw new Error('not the first time'); });
test('one', () => {});
test('two', () => {});`,
  'dies-once.test.mjs': `${ONCE}
test('lives', () => { if (first) process.kill(process.pid, 'SIGKILL'); });`,
  'always.test.mjs': `beforeAll(() => { throw new Error('never'); });
test('one', () => {});`,
  'broken.test.mjs': `import './missing.mjs';
test('one', () => {});`,
};

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'outrider-again-'));
  const config = {
    workerIdleMemoryLimit: '1GB',
    projects: [{ rootDir: root, displayName: 'p', transform: {}, testMatch: ['**/*.test.mjs'] }],
  };
  for (const [name, text] of Object.entries({ ...FILES, 'jest.config.json': JSON.stringify(config) })) {
    await writeFile(join(root, name), text);
  }
});
afterAll(() => rm(root, { recursive: true }));

const { NODE_OPTIONS: _, JEST_WORKER_ID: __, ...env } = process.env;
const run = (patterns: readonly string[] = []) =>
  runJest({ projects: ['p'], patterns, workers: 1, env, root, quiet: true });

test('files that failed at first run once more, and count as they ended then', async () => {
  const { files, failedOutside } = await run();
  expect(failedOutside).toBe(false);
  expect(addResults(files)).toMatchObject({ passed: 1, failed: 5 });

  const lines: string[] = [];
  const alone = async (file: string): Promise<FileResults | undefined> =>
    (await run([patternOf(file)])).files.find((one) => one.file === file);
  const final = await runFailedAgain(files, alone, (line) => lines.push(line.replace(`${root}/`, '')));
  expect(addResults(final)).toMatchObject({ passed: 4, failed: 2 });
  expect(lines.filter((line) => !line.startsWith('Failed, and is run again')).toSorted()).toEqual([
    'Failed at first, passed when run again: before-all-once.test.mjs',
    'Failed at first, passed when run again: dies-once.test.mjs',
    'Failed twice: always.test.mjs',
    'Failed twice: broken.test.mjs',
  ]);
}, 120_000);

const result = (file: string, failed: number, seconds = 1): FileResults => ({
  file,
  seconds,
  passed: 1,
  failed,
  skips: [],
});

test('a second run that leaves no results leaves the failure', async () => {
  const lines: string[] = [];
  const final = await runFailedAgain(
    [result('a', 2)],
    async () => undefined,
    (line) => lines.push(line),
  );
  expect(addResults(final)).toMatchObject({ failed: 2 });
  expect(lines).toContain('Failed twice: a');
});

test('a file whose tests hang is not run again, others are', async () => {
  const ran: string[] = [];
  const again = async (file: string): Promise<FileResults> => {
    ran.push(file);
    return result(file, 0);
  };
  const lines: string[] = [];
  const first = [result('hangs', 3, 601), result('fails', 1, 599)];
  const final = await runFailedAgain(first, again, (line) => lines.push(line));
  expect(ran).toEqual(['fails']);
  expect(addResults(final)).toMatchObject({ failed: 3 });
  expect(lines).toContain('Failed after 601 s, and is not run again: hangs');
});

test('where many files fail nothing is run again', async () => {
  const many = Array.from({ length: 11 }, (_one, index) => result(`f${index}`, 1));
  const never = async (): Promise<never> => {
    throw new Error('was run again');
  };
  expect(await runFailedAgain(many, never, () => {})).toBe(many);
});
