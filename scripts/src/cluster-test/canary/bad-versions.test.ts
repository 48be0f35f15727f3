import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { PROJECT_ROOT } from '../../run/project.js';
import { BAD_VERSIONS, compiled } from './bad-versions.js';

test.each(BAD_VERSIONS)('the line that makes order, inventory or payment bad ($name) is there, once', async (bad) => {
  const [source = ''] = bad.file.split('src/');
  for (const file of [bad.file, `${source}dist/${compiled(bad.file)}`]) {
    const lines = (await readFile(join(PROJECT_ROOT, file), 'utf8')).split(bad.from).length - 1;
    expect({ file, lines }).toEqual({ file, lines: 1 });
  }
});

test('a line is changed as its file is loaded, and a line that is not there is an error', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bad-version-'));
  try {
    const program = await readFile(new URL('./bad-version-program.ts', import.meta.url), 'utf8');
    await writeFile(join(folder, 'bad.mjs'), stripTypeScriptTypes(program));
    await writeFile(join(folder, 'says.mjs'), "console.log('good');");
    const run = async (from: string) =>
      (
        await promisify(execFile)(process.execPath, ['says.mjs'], {
          cwd: folder,
          env: {
            NODE_OPTIONS: `--import=${join(folder, 'bad.mjs')}`,
            BAD_VERSION: JSON.stringify({ file: 'says.mjs', from, to: 'bad $&' }),
          },
        })
      ).stdout;
    expect(await run('good')).toBe('bad $&\n');
    await expect(run('other')).rejects.toThrow('has no: other');
  } finally {
    await rm(folder, { recursive: true });
  }
});
