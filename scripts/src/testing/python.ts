import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const ENOUGH = 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))';

/** True where scripts/fuzz can install its fuzzer. */
export async function hasPython(): Promise<boolean> {
  for (const python of ['python3.11', 'python3']) {
    const good = await promisify(execFile)(python, ['-c', ENOUGH]).then(
      () => true,
      () => false,
    );
    if (good) return true;
  }
  return false;
}
