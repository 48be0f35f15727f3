import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { PROJECT_ROOT } from '../run/project.js';

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
