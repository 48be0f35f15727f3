import { spawn } from 'node:child_process';
import { CommandError } from './errors.js';

export interface CallOptions {
  /** given to its standard input */
  readonly input?: string;
  readonly signal?: AbortSignal;
  /** return what it said on standard error as well, behind its output */
  readonly errorsToo?: boolean;
}

/** A program of this machine, such as kubectl, with the arguments that every call has. */
export class Tool {
  readonly #words: readonly string[];

  /**
   * @param given its name or path; several words are arguments that stand first
   * @param env added to this process's own
   */
  constructor(
    given: string,
    readonly env: NodeJS.ProcessEnv,
  ) {
    this.#words = given.trim().split(/\s+/u);
  }

  /** What is executed for these arguments. */
  commandLine(args: readonly string[]): { readonly command: string; readonly args: readonly string[] } {
    const [command = '', ...first] = this.#words;
    return { command, args: [...first, ...args] };
  }

  /**
   * Runs it to its end.
   * @returns its standard output
   * @throws CommandError with what it said, when it cannot be started or does not end with 0
   */
  async run(args: readonly string[], { input, signal, errorsToo = false }: CallOptions = {}): Promise<string> {
    const { command, args: all } = this.commandLine(args);
    const child = spawn(command, all, {
      env: { ...process.env, ...this.env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(signal && { signal }),
    });
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    let output = '';
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.once('error', (error) => {
      if (signal?.aborted) reject(signal.reason);
      else reject(new CommandError(`${command} cannot be started: ${error.message}`, { cause: error }));
    });
    child.once('close', (code) => {
      if (code === 0) resolve(errorsToo ? output + said : output);
      else reject(new CommandError(`${[command, ...all].join(' ')} ended with ${code}:\n${lastOf(said || output)}`));
    });
    // what ends early does not read all: its exit code says why
    child.stdin?.on('error', () => undefined).end(input);
    return promise;
  }
}

/** Characters of a failed program's output that are shown. */
const SHOWN = 4_000;

function lastOf(text: string): string {
  return text.trimEnd().slice(-SHOWN);
}
