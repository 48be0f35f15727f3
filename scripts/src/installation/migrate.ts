import { join } from 'node:path';
import type { Keeper } from '@outrider/testkit';
import { CommandError } from '../cli/errors.js';
import { logEnd } from './log-end.js';
import type { Run } from '../run/run-directory.js';
import { migrateEnvironment, type Surroundings } from './environment.js';
import { mainOf, SERVICES, type Service } from './layout.js';

/**
 * Has every service migrate its database. The first one also makes the topics that all share, before the others come
 * to look at them; those run side by side.
 *
 * @throws CommandError with the end of the log, when a migration fails
 */
export async function migrateAll(keeper: Keeper, run: Run, surroundings: Surroundings): Promise<void> {
  const [first, ...others] = SERVICES;
  await migrate(first);
  await Promise.all(others.map(migrate));

  async function migrate(service: Service): Promise<void> {
    const logFile = join(run.logs, `${service}-migrate.log`);
    const { exited } = await keeper.spawn({
      command: process.execPath,
      args: [surroundings.shop?.services[service] ?? mainOf(service), 'migrate'],
      env: migrateEnvironment(service, surroundings),
      cwd: run.directory,
      logFile,
      stopSignal: 'SIGTERM',
    });
    const { code, signal } = await exited;
    if (code === 0) return;
    throw new CommandError(
      `The ${service} database could not be migrated (${signal ?? `exit code ${code}`}); ${logFile} ends:\n${await logEnd(logFile)}`,
    );
  }
}
