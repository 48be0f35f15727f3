import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '@outrider/scripts/cli/errors';
import { PROJECT_ROOT } from '@outrider/scripts/run/project';

const FOLDER = join(PROJECT_ROOT, 'bench/peers');

/** Installs the other outboxes from their own lockfile, unless they are there. @throws CommandError when npm cannot */
export async function installPeers(told: (text: string) => void): Promise<void> {
  await install(FOLDER, 'the other outboxes (about 60 MB on disk)', told);
}

/** Installs another shop from its own lockfile, unless it is there. @returns its folder. @throws CommandError when npm cannot */
export async function installed(shop: string, told: (text: string) => void): Promise<string> {
  const folder = join(FOLDER, shop);
  await install(folder, `${shop} (up to 1 GB on disk)`, told);
  return folder;
}

async function install(folder: string, what: string, told: (text: string) => void): Promise<void> {
  const [locked, there] = await Promise.all([
    changedAt(join(folder, 'package-lock.json')),
    changedAt(join(folder, 'node_modules', '.package-lock.json')),
  ]);
  if (there >= locked) return;
  told(`installing ${what} from the npm registry`);
  const args = ['ci', '--no-progress', '--loglevel=error', '--ignore-scripts'];
  const npm = spawn('npm', args, { cwd: folder, stdio: ['ignore', 2, 2] });
  const [code] = (await once(npm, 'close')) as [number | null];
  if (code !== 0)
    throw new CommandError(
      'what is compared could not be installed; npm’s messages are above. --no-peers leaves the outboxes out.',
    );
}

async function changedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return 0;
  }
}
