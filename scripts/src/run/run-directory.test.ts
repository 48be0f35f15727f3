import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeRunRoot } from './run-directory.js';
import { findUpFile } from './up-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrider-runs-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('the folder of runs is made, with those above it, and may be there already', async () => {
  const root = join(folder, 'a/b/runs');
  await makeRunRoot(root);
  await makeRunRoot(root);
  expect((await stat(root)).isDirectory()).toBe(true);
});

test('one that cannot be made is answered in one sentence', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  const wrong: [string, RegExp][] = [
    [file, /a file of that name is there/u],
    [join(file, 'runs'), /a file is in the way/u],
    // its file system makes no folders, and mkdir -p never ends there
    ['/proc/outrider/runs', /ENOENT/u],
  ];
  for (const [root, reason] of wrong) {
    const failed = await makeRunRoot(root).catch((error: Error) => error);
    expect(failed).toMatchObject({ name: 'UsageError' });
    expect((failed as Error).message).toMatch(reason);
    expect((failed as Error).message).toContain(`Runs cannot be kept in ${root} (OUTRIDER_RUN_DIR)`);
  }
});

test('nothing is up in a folder that cannot be', async () => {
  const file = join(folder, 'other');
  await writeFile(file, '');
  expect(await findUpFile(file)).toBeUndefined();
});
