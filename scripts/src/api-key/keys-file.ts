import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { errorCode } from '@outrider/common';
import { apiKeysSchema, type ApiKey } from '@outrider/contracts';
import { CommandError } from '../cli/errors.js';

/** The API keys in a file; none when it is not there. @throws CommandError when it is no list of API keys */
export async function readKeys(path: string): Promise<readonly ApiKey[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw new CommandError(`${path} cannot be read: ${String(errorCode(error))}.`, { cause: error });
  }
  try {
    return apiKeysSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new CommandError(`${path} is no list of API keys as scripts/api-key writes it.`, { cause: error });
  }
}

/**
 * Changes the API keys in a file in one step: who reads it sees the old list or the new one. One command at a time.
 *
 * @throws CommandError when another one is changing it, or it cannot be written; whatever `change` throws
 */
export async function changeKeys(path: string, change: (keys: readonly ApiKey[]) => readonly ApiKey[]): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const next = `${target}.new`;
  const handle = await open(next, 'wx', await modeOf(target)).catch((error: unknown) => {
    const why =
      errorCode(error) === 'EEXIST'
        ? `another scripts/api-key is changing it; if none is, remove ${next}`
        : String(errorCode(error));
    throw new CommandError(`${path} cannot be written: ${why}.`, { cause: error });
  });
  try {
    try {
      const keys = change(await readKeys(target));
      await handle.writeFile(`${JSON.stringify(keys, undefined, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(next, target);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

/** Only hashes stand in it, but who may do what does too: a new one is for its owner. */
async function modeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ mode }) => mode & 0o777,
    () => 0o600,
  );
}
