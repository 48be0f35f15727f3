import { resolve } from 'node:path';
import { apiKeyProgram, type Chosen } from '../api-key/program.js';
import { UsageError } from '../cli/errors.js';
import { exitWith, runCommand } from '../cli/run-command.js';
import { apiKeysFile } from '../installation/describe.js';
import { runAt, runRoot } from '../run/run-directory.js';
import { findUpFile, isAlive } from '../run/up-file.js';

async function keysFile(): Promise<string> {
  const given = process.env['API_KEYS_FILE'];
  if (given !== undefined && given !== '') return resolve(given);
  const root = runRoot();
  const up = await findUpFile(root);
  if (up !== undefined && isAlive(up)) return apiKeysFile(runAt(root, up.runId));
  throw new UsageError('nothing is running here: say where the keys are with --file FILE or API_KEYS_FILE.');
}

let chosen: Chosen = async () => 0;
const program = apiKeyProgram((choice) => (chosen = choice), keysFile);

await exitWith(runCommand(program, process.argv.slice(2), () => chosen({ out: process.stdout, err: process.stderr })));
