import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CommandError } from '../cli/errors.js';
import { PROJECT_ROOT } from '../run/project.js';

const run = promisify(execFile);

/** Every package with its version: a fuzzer that changes by itself would fail what did not change. */
const REQUIREMENTS = join(PROJECT_ROOT, 'scripts/src/fuzz/requirements.txt');

/**
 * The path of schemathesis, installed into a folder of its own the first time.
 *
 * @throws CommandError when there is no Python 3.11 or later, or its packages cannot be had
 */
export async function installedFuzzer(say: (line: string) => void): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(REQUIREMENTS))
    .digest('hex')
    .slice(0, 12);
  const folder = join(PROJECT_ROOT, '.cache', `schemathesis-${hash}`);
  const fuzzer = join(folder, 'bin/schemathesis');
  const done = join(folder, 'installed');
  if (await exists(done)) return fuzzer;
  say('installing schemathesis from the Python registry, once');
  try {
    await run(await python(), ['-m', 'venv', '--clear', folder]);
    await run(join(folder, 'bin/pip'), ['install', '--quiet', '--requirement', REQUIREMENTS]);
    await run('touch', [done]);
  } catch (error) {
    throw new CommandError(`schemathesis could not be installed: ${String(error)}`, { cause: error });
  }
  return fuzzer;
}

/** The version that the packages were tried with, else what the machine calls Python 3. */
async function python(): Promise<string> {
  const known = 'python3.11';
  return run(known, ['--version']).then(
    () => known,
    () => 'python3',
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // whatever the reason, it is of no use
    return false;
  }
}
