import { InvalidArgumentError, Option } from 'commander';
import { ROLES, type Role } from '@outrider/contracts';
import { command, exitWith, runCommand } from '../cli/run-command.js';
import { openRunning } from '../installation/describe.js';
import { runRoot } from '../run/run-directory.js';
import { readUpFile } from '../run/up-file.js';

interface Options {
  readonly role: Role;
  readonly sub?: string;
  readonly expires: string;
}

function subject(text: string): string {
  if (!/^[\x21-\x7e]{1,200}$/u.test(text)) {
    throw new InvalidArgumentError('It must be 1 to 200 printable characters without a space.');
  }
  return text;
}

function duration(text: string): string {
  if (!/^[1-9]\d{0,5}[smhd]$/u.test(text)) throw new InvalidArgumentError('It must be like 30s, 15m, 1h or 7d.');
  return text;
}

const program = command('scripts/token', 'Prints a token for the running installation.')
  .addOption(new Option('--role <role>', 'what the bearer may do').choices(ROLES).default('customer'))
  .option('--sub <id>', 'who the bearer is; the customer id (default: the role)', subject)
  .option('--expires <time>', 'how long it is valid', duration, '1h');

async function token({ role, sub, expires }: Options): Promise<number> {
  const root = runRoot();
  const { identity } = await openRunning(root, await readUpFile(root));
  console.log(await identity.token({ sub: sub ?? role, roles: [role] }, expires));
  return 0;
}

await exitWith(runCommand(program, process.argv.slice(2), token));
