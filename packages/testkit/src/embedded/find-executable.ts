import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** The path of a command in PATH, or undefined. */
export async function findExecutable(name: string): Promise<string | undefined> {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    if (directory === '') continue;
    const path = join(directory, name);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}
