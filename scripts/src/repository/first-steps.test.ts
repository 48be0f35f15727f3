import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { PROJECT_ROOT } from '../run/project.js';

const execFileAsync = promisify(execFile);

const read = (path: string): Promise<string> => readFile(join(PROJECT_ROOT, path), 'utf8');

test('README, package.json, the launcher and CI name the same oldest Node', async () => {
  const found = async (path: string, pattern: RegExp) => pattern.exec(await read(path))?.[1];
  const { engines } = z
    .object({ engines: z.object({ node: z.string() }) })
    .parse(JSON.parse(await read('package.json')));
  expect({
    'README.md': await found('README.md', /You need Node ≥ (\d+) with npm/u),
    'package.json': /^>=(\d+)$/u.exec(engines.node)?.[1],
    'scripts/launch.sh': await found('scripts/launch.sh', /install Node\.js (\d+) or newer/u),
    '.ci/run': await found('.ci/run', /with Node (\d+) and npm/u),
  }).toEqual({ 'README.md': '20', 'package.json': '20', 'scripts/launch.sh': '20', '.ci/run': '20' });
});

test('the requests of README are understood by curl 7.68, which knows no --json', async () => {
  const readme = await read('README.md');
  const requests = readme.split('\n').filter((line) => line.startsWith('curl '));
  expect(requests.length).toBeGreaterThan(3);
  for (const request of requests) expect(request).not.toContain('--json');
});

test('npm test -- FOLDER runs the tests of that folder and no others', async () => {
  const { scripts } = z
    .object({ scripts: z.object({ test: z.string() }) })
    .parse(JSON.parse(await read('package.json')));
  const jest = / jest (.*)$/u.exec(scripts.test)?.[1]?.split(' ') ?? [];
  const listed = execFileSync(
    join(PROJECT_ROOT, 'node_modules/.bin/jest'),
    [...jest, 'packages/inbox', '--listTests'],
    {
      cwd: PROJECT_ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const files = listed.split('\n').filter((line) => line.endsWith('.test.ts'));
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((file) => !file.startsWith(join(PROJECT_ROOT, 'packages/inbox/')))).toEqual([]);
});

/** A checkout of the launcher alone, with commands in place of npm and the compiler that note when they begin and end. */
async function launcherAlone(): Promise<{ readonly root: string; readonly start: (name: string) => Promise<string> }> {
  const root = await mkdtemp(join(tmpdir(), 'outrider-launcher-'));
  await mkdir(join(root, 'scripts'));
  await mkdir(join(root, 'bin'));
  await copyFile(join(PROJECT_ROOT, 'scripts/launch.sh'), join(root, 'scripts/launch.sh'));
  await writeFile(join(root, 'package-lock.json'), '{}');
  const program = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  };
  const inNodeModules =
    'mkdir -p node_modules/node/bin node_modules/.bin; cp ../node node_modules/node/bin/; cp ../tsc node_modules/.bin/';
  await program('node', 'exit 0');
  await program('tsc', 'echo tsc >>built');
  await program(
    'bin/npm',
    `mkdir installing || { echo 'two at once' >&2; exit 1; }; sleep 1; ${inNodeModules.replaceAll('../', '')}; echo npm >>built; rmdir installing`,
  );
  const start = async (name: string): Promise<string> => {
    const { stderr } = await execFileAsync('sh', ['-euc', '. "$root/scripts/launch.sh"; launch up'], {
      env: { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, root, name },
    });
    return stderr;
  };
  return { root, start };
}

test('commands that begin together install once, and what a killed one left behind holds nobody up', async () => {
  const { root, start } = await launcherAlone();
  try {
    await mkdir(join(root, '.cache/preparing'), { recursive: true });
    const { pid } = spawnSync('true');
    await writeFile(join(root, '.cache/preparing/pid'), String(pid));
    const said = await Promise.all(['up', 'place-orders', 'token'].map(start));
    expect(said.join('').match(/Installing packages/gu)).toHaveLength(1);
    expect(await readFile(join(root, 'built'), 'utf8')).toBe('npm\ntsc\ntsc\ntsc\n');
    expect(existsSync(join(root, '.cache/preparing'))).toBe(false);
  } finally {
    await rm(root, { recursive: true });
  }
});
