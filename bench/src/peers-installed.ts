import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '@outrider/scripts/cli/errors';
import { PROJECT_ROOT } from '@outrider/scripts/run/project';

const FOLDER = join(PROJECT_ROOT, 'bench/peers');

/** Installs the peers from their own lockfile, unless they are there. @throws CommandError when npm cannot */
export async function installPeers(told: (text: string) => void): Promise<void> {
  const [locked, installed] = await Promise.all([
    changedAt(join(FOLDER, 'package-lock.json')),
    changedAt(join(FOLDER, 'node_modules', '.package-lock.json')),
  ]);
  if (installed >= locked) return;
  told('installing the peers from the npm registry (about 60 MB on disk)');
  const npm = spawn('npm', ['ci', '--no-progress', '--loglevel=error'], { cwd: FOLDER, stdio: ['ignore', 2, 2] });
  const [code] = (await once(npm, 'close')) as [number | null];
  if (code !== 0)
    throw new CommandError('the peers could not be installed; npm’s messages are above. --no-peers leaves them out.');
}

async function changedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return 0;
  }
}
