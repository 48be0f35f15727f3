import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { CommandError } from '../cli/errors.js';

const run = promisify(execFile);

/** The last clients that bring BuildKit along; later ones need the plugin buildx. */
const LAST_WITH_BUILDKIT = 20;

/**
 * A Docker client that can build with BuildKit: the first of PATH that can, since several may be installed.
 * @throws CommandError when there is none, or no engine answers it
 */
export async function findDocker(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  let found = false;
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const client = join(folder, 'docker');
    if (!(await isExecutable(client))) continue;
    found = true;
    if (await canBuild(client)) {
      await mustAnswer(client);
      return client;
    }
  }
  throw new CommandError(
    found
      ? 'No docker of PATH builds with BuildKit: install its plugin buildx.'
      : 'Images are built by Docker: it is missing.',
  );
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function canBuild(client: string): Promise<boolean> {
  const { stdout } = await run(client, ['--version']);
  const major = Number(/version (\d+)\./u.exec(stdout)?.[1]);
  if (major <= LAST_WITH_BUILDKIT) return true;
  return run(client, ['buildx', 'version']).then(
    () => true,
    () => false,
  );
}

async function mustAnswer(client: string): Promise<void> {
  try {
    await run(client, ['version', '--format', '{{.Server.Version}}']);
  } catch (error) {
    throw new CommandError('No Docker engine answers: start it.', { cause: error });
  }
}
