import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXAMPLE_ORDERS, PROJECT_ROOT } from '../run/project.js';
import { findUpFile, type UpFile } from '../run/up-file.js';

/** A command of scripts/ that runs as a person would run it, from a folder of its own. */
export class StartedCommand {
  output = '';
  stdout = '';
  readonly ended: Promise<number | null>;

  constructor(
    readonly child: ChildProcess,
    readonly runDirectory: string,
  ) {
    child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
      this.output += chunk.toString();
    });
    child.stderr?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.ended = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
  }

  get over(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Waits for a condition. Rejects, with what the command told, when it has ended without it. */
  async until<T>(what: string, condition: () => Promise<T | undefined> | T | undefined): Promise<T> {
    for (;;) {
      const { over } = this;
      const met = await condition();
      if (met !== undefined) return met;
      if (over) throw new Error(`it ended before ${what}:\n${this.output}`);
      await sleep(50);
    }
  }

  /** up.json as soon as it is there, or as soon as it fits. */
  upFile(fits: (file: UpFile) => boolean = () => true): Promise<UpFile> {
    return this.until('up.json was as wished', async () => {
      const file = await findUpFile(this.runDirectory);
      return file !== undefined && fits(file) ? file : undefined;
    });
  }
}

/** A place for one test's runs and files; whatever it started is ended with it. */
export class CommandSandbox implements AsyncDisposable {
  readonly #started: StartedCommand[] = [];

  private constructor(readonly directory: string) {}

  static async make(): Promise<CommandSandbox> {
    return new CommandSandbox(await mkdtemp(join(tmpdir(), 'outrider-process-')));
  }

  /** @param env on top of this process's; undefined takes a variable away */
  start(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>> = {},
  ): StartedCommand {
    const runDirectory = join(this.directory, 'run');
    const child = spawn(join(PROJECT_ROOT, 'scripts', command), args, {
      cwd: this.directory,
      env: { ...process.env, NODE_OPTIONS: '', OUTRIDER_RUN_DIR: runDirectory, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = new StartedCommand(child, runDirectory);
    this.#started.push(started);
    return started;
  }

  /** The first orders of the example file, as a file of its own, `more` lines behind them. */
  async orders(count: number, more: readonly string[] = []): Promise<string> {
    const lines = (await readFile(EXAMPLE_ORDERS, 'utf8')).split('\n').slice(0, count);
    return this.file('orders.jsonl', [...lines, ...more, ''].join('\n'));
  }

  async file(name: string, content: string): Promise<string> {
    const path = join(this.directory, name);
    await writeFile(path, content);
    return path;
  }

  async read<T>(name: string): Promise<T> {
    return JSON.parse(await readFile(join(this.directory, name), 'utf8')) as T;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const command of this.#started) {
      if (!command.over) command.child.kill('SIGTERM');
      await command.ended;
    }
    await rm(this.directory, { recursive: true, maxRetries: 5 });
  }
}

/** True while there is a process with this id. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

export function allPids({ services }: UpFile): number[] {
  return Object.values(services).flatMap(({ pids }) => pids);
}
