import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CommandError } from '../cli/errors.js';

const LAST_LINES = 20;

/** What a program writes. @throws CommandError with the last lines of what it said, when it fails or is not there */
export async function runProgram(
  command: string,
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, [...args], {
      cwd,
      env: { ...process.env, ...env },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    const said = (stderr.trim() || stdout.trim() || message).split('\n').slice(-LAST_LINES).join('\n');
    throw new CommandError(`${[command, ...args.slice(0, 2)].join(' ')} failed:\n${said}`, { cause: error });
  }
}
