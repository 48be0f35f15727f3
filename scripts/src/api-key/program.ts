import { apiKeySchema, scopeSchema } from '@outrider/contracts';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { UsageError } from '../cli/errors.js';
import { command } from '../cli/run-command.js';
import * as commands from './commands.js';
import type { Which } from './keys.js';

/** What was chosen on the command line, to be done. Answers the exit code. */
export type Chosen = (surroundings: Omit<commands.Surroundings, 'file' | 'json'>) => Promise<number>;

interface Shared {
  readonly file?: string;
  readonly json?: true;
}

interface Revocation extends Shared {
  readonly name: string;
  readonly key?: string;
  readonly older?: true;
  readonly all?: true;
}

/**
 * The command line of api-key.
 *
 * @param choose is told what to do once it was understood
 * @param fileOf finds the file when none was named. Rejects with a UsageError when there is none
 */
export function apiKeyProgram(choose: (chosen: Chosen) => void, fileOf: () => Promise<string>): Command {
  const program = command('scripts/api-key', 'Makes, lists and revokes the keys of services that call (X-Api-Key).');
  program.addHelpText(
    'after',
    '\nTo exchange a key without a gap: make the second, hand it over, revoke the older. Exit code 0: done; 1: it cannot' +
      '\nbe; 2: wrong use.',
  );
  const within =
    ({ file, json }: Shared, work: (surroundings: commands.Surroundings) => Promise<number>): Chosen =>
    async (outputs) =>
      work({ ...outputs, file: file ?? (await fileOf()), json: json === true });

  shared(program.command('make').description('makes a key and shows it, this once'))
    .requiredOption('--name <name>', 'who calls with it', named)
    .option('--scope <scope>', 'what it opens, as inventory:read; once for each', scoped, [])
    .action((options: Shared & { name: string; scope: string[] }) =>
      choose(within(options, (at) => commands.make(at, { name: options.name, scopes: options.scope }))),
    );
  shared(program.command('revoke').description('makes keys of a caller invalid'))
    .requiredOption('--name <name>', 'whose', named)
    .addOption(new Option('--key <id>', 'the one of this id, as list shows it').argParser(identified))
    .addOption(new Option('--older', 'the older of two'))
    .addOption(new Option('--all', 'all: the caller is gone'))
    .action((options: Revocation) => {
      const which = whichOf(options);
      choose(within(options, (at) => commands.revoke(at, { name: options.name, which })));
    });
  shared(program.command('list').description('shows who has keys, without the keys')).action((options: Shared) =>
    choose(within(options, (at) => commands.list(at))),
  );
  program
    .argument('[command]')
    .usage('<make|revoke|list> [options]')
    .allowExcessArguments()
    .action((given: string | undefined) => {
      throw new UsageError(`${given === undefined ? 'say what' : `unknown command '${given}'`}: make, revoke or list.`);
    });
  return program;
}

function shared(made: Command): Command {
  return made
    .option('--file <path>', 'the list of keys (default: API_KEYS_FILE, or that of the running installation)')
    .option('--json', 'write the result to standard output as JSON');
}

function whichOf({ key, older, all }: Revocation): Which {
  const given: readonly Which[] = [
    ...(key === undefined ? [] : [{ id: key }]),
    ...(older === true ? (['older'] as const) : []),
    ...(all === true ? (['all'] as const) : []),
  ];
  const [which] = given;
  if (which === undefined || given.length > 1) throw new UsageError('say which keys: --key ID, --older or --all.');
  return which;
}

function named(text: string): string {
  if (!apiKeySchema.shape.name.safeParse(text).success) {
    throw new InvalidArgumentError('It must be 1 to 100 letters, digits, dots, dashes or underscores.');
  }
  return text;
}

function scoped(text: string, before: readonly string[]): string[] {
  if (!scopeSchema.safeParse(text).success) throw new InvalidArgumentError('It must be like inventory:read.');
  return [...before, text];
}

function identified(text: string): string {
  if (!/^[0-9a-f]{8,64}$/u.test(text)) throw new InvalidArgumentError('It must be an id as list shows it.');
  return text;
}
