import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../cli/errors.js';
import { PROJECT_ROOT } from '../run/project.js';
import type { Shop } from './read-shop.js';

/**
 * Compiles a shop, as the core is compiled before each command.
 *
 * @throws CommandError with the compiler's messages, or with the program that is not there afterwards
 */
export async function buildShop(shop: Shop): Promise<void> {
  const { directory, services, processes, providers } = shop;
  await new Promise<void>((resolve, reject) => {
    const compiler = join(PROJECT_ROOT, 'node_modules/.bin/tsc');
    execFile(compiler, ['-b', directory, '--pretty', 'false'], { cwd: directory }, (error, stdout) => {
      if (error === null) resolve();
      else reject(new CommandError(`${directory} does not compile:\n${stdout || error.message}`));
    });
  });
  const standIns = Object.values(providers).map(({ standIn }) => standIn);
  for (const program of [...Object.values(services), ...Object.values(processes), ...standIns]) {
    await access(program).catch((cause: unknown) => {
      throw new CommandError(`${shop.name} names ${program} in its package.json, and compiling it made no such file.`, {
        cause,
      });
    });
  }
}
