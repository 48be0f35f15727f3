import { Command, CommanderError, type OptionValues } from 'commander';

/** Errors that are shown by their message alone: their stack would help nobody. */
const TOLD_BY_MESSAGE = new Set(['UsageError', 'CommandError', 'InfraError', 'ConfigError']);

/** Of InfraError, what is wrong in the environment, which is wrong use as an option would be. */
const WRONG_SETTINGS = new Set(['INFRA_MODE_INVALID', 'INFRA_URL_MISSING', 'INFRA_URL_INVALID']);

/** A command whose mistakes {@link runCommand} reports. */
export function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .showSuggestionAfterError();
}

/**
 * Parses a command line and does the work.
 *
 * @param work answers the exit code
 * @returns the exit code: what the work answered, 1 when it threw, 2 when the command line or a setting was wrong
 */
export async function runCommand<O extends OptionValues>(
  program: Command,
  argv: readonly string[],
  work: (options: O, operands: readonly string[]) => Promise<number>,
  tell: (text: string) => void = (text) => console.error(text),
): Promise<number> {
  try {
    program.parse([...argv], { from: 'user' });
    return await work(program.opts<O>(), program.args);
  } catch (error) {
    return tellError(program, argv, error, tell);
  }
}

/**
 * The end of a program file: exits with the code once it is known and all output has left. An exit by itself would cut
 * off what a pipe, which holds 64 KiB, has not taken yet.
 */
export async function exitWith(code: Promise<number>): Promise<never> {
  const known = await code;
  // a reader that has gone, such as head, wants no more: an error ends the wait as well
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  process.exit(known);
}

/** The command, or the command below it, that a command line is of. */
function invoked(program: Command, argv: readonly string[]): string {
  const [first, ...rest] = argv;
  const below = program.commands.find((one) => one.name() === first);
  return below === undefined ? program.name() : `${program.name()} ${invoked(below, rest)}`;
}

function tellError(program: Command, argv: readonly string[], error: unknown, tell: (text: string) => void): number {
  const name = program.name();
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    tell(
      `${name}: ${error.message.replace(/^error: /u, '').replace(/\n/gu, ' ')} (see ${invoked(program, argv)} --help)`,
    );
    return 2;
  }
  const {
    name: kind = 'Error',
    message = String(error),
    stack = message,
    code,
  } = error as Partial<NodeJS.ErrnoException>;
  tell(`${name}: ${TOLD_BY_MESSAGE.has(kind) ? message : stack}`);
  return kind === 'UsageError' || (kind === 'InfraError' && WRONG_SETTINGS.has(code ?? '')) ? 2 : 1;
}
