import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Infra, InfraOptions } from '../infra.js';

/** How a program that started servers ends. */
export type End = 'stop' | 'forget' | 'throw' | 'wait';

const built = fileURLToPath(new URL('../../dist/index.js', import.meta.url));

// The built package, as programs use it. After the given end, the program does nothing more.
const program = (options: InfraOptions, end: End): string => `
  const { startInfra } = await import(${JSON.stringify(built)});
  const infra = await startInfra({ ...${JSON.stringify(options)}, log: (line) => console.log(JSON.stringify({ line })) });
  console.log(JSON.stringify({ infra }));
  const end = ${JSON.stringify(end)};
  if (end === 'stop') await infra.stop();
  if (end === 'throw') throw new Error('a bug in the program');
  if (end === 'wait') setInterval(() => undefined, 1_000);
`;

/** A process of its own that starts servers, so that it can end in every way a process can. */
export class Owner {
  readonly lines: string[] = [];
  readonly #started: Promise<Infra>;
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  #said = '';

  private constructor(private readonly child: ChildProcess) {
    this.exited = once(child, 'exit').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as string | null,
    }));
    child.stderr?.on('data', (data: Buffer) => (this.#said += data.toString()));
    this.#started = new Promise((resolve, reject) => {
      createInterface({ input: child.stdout ?? process.stdin })
        .on('line', (text) => {
          const said = JSON.parse(text) as { line?: string; infra?: Infra };
          if (said.line !== undefined) this.lines.push(said.line);
          if (said.infra !== undefined) resolve(said.infra);
        })
        .on('close', () => reject(new Error(`ended before it had servers: ${this.#said}`)));
    });
    this.#started.catch(() => undefined);
  }

  static run(end: End, options: InfraOptions, env: NodeJS.ProcessEnv = {}): Owner {
    // jest's own options, and what would choose a mode
    const unset = Object.fromEntries(
      ['NODE_OPTIONS', 'POSTGRES_URL', 'KAFKA_BROKERS', 'REDIS_URL', 'INFRA'].map((name) => [name, undefined]),
    );
    const child = spawn(process.execPath, ['--input-type=module', '-e', program(options, end)], {
      env: { ...process.env, ...unset, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // a process group of its own, as a shell gives a command: Ctrl-C goes to all of it
      detached: true,
    });
    return new Owner(child);
  }

  get stderr(): string {
    return this.#said;
  }

  /** Resolves when the servers answer. */
  infra(): Promise<Infra> {
    return this.#started;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** What a terminal does: the signal goes to the whole foreground process group. */
  pressCtrlC(): void {
    if (this.child.pid !== undefined) process.kill(-this.child.pid, 'SIGINT');
  }
}

/** Whether a process runs; one that ended and was not waited for by its parent does not. */
export async function isAlive(pid: number): Promise<boolean> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    return stat !== undefined && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
