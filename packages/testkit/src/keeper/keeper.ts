import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { InfraError } from '../infra-error.js';
import type { Command, ProcessSpec, Report } from './protocol.js';

/** A process that runs under the keeper. */
export interface KeptProcess {
  readonly pid: number;
  /** Resolves, never rejects, when the process has ended. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

type Asked<C> = C extends Command ? Omit<C, 'id'> : never;
type Exit = Awaited<KeptProcess['exited']>;

/**
 * The owner's side of the keeper process (main.ts): everything started through it ends when `end` is called or when
 * this process is gone, whichever comes first.
 */
export class Keeper {
  private nextId = 1;
  private starting = true;
  private gone = false;
  private readonly waiting = new Map<number, { done(pid?: number): void; failed(error: Error): void }>();
  private readonly exits = new Map<number, (exit: Exit) => void>();
  private readonly kept = new Map<number, Promise<Exit>>();

  private constructor(private readonly child: ChildProcess) {
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', (line) => this.receive(line));
    // A write to a keeper that is gone fails here; the exit below is what is acted on.
    child.stdin?.on('error', () => this.lost());
    child.once('exit', () => this.lost());
  }

  /**
   * Nothing more is being started: from now on the owner may end by running out of work. Until then it is kept alive,
   * since it may wait for nothing but a kept process (a download, say).
   */
  started(): void {
    this.starting = false;
    if (this.waiting.size === 0) this.letOwnerExit(true);
  }

  /** @throws InfraError INFRA_START_FAILED when the process cannot be started. */
  static async start(): Promise<Keeper> {
    // Under jest this file is the source, and Node runs the keeper's source by stripping its types.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const main = fileURLToPath(new URL(`./main.${extension}`, import.meta.url));
    // Options such as --inspect or jest's --experimental-vm-modules are the owner's, not the keeper's.
    const { NODE_OPTIONS: _ownersOptions, ...env } = process.env;
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
      cwd: tmpdir(),
      env,
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    });
    if (child.pid === undefined) {
      const [error] = (await once(child, 'error')) as [Error];
      throw new InfraError('INFRA_START_FAILED', `The keeper process did not start: ${error.message}.`);
    }
    return new Keeper(child);
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** @throws InfraError INFRA_START_FAILED when the command cannot be executed. */
  async spawn(spec: ProcessSpec): Promise<KeptProcess> {
    const pid = await this.ask({ op: 'spawn', spec });
    const exited = pid === undefined ? undefined : this.kept.get(pid);
    if (pid === undefined || exited === undefined) {
      throw new InfraError('INFRA_START_FAILED', `${spec.command} did not start.`);
    }
    return { pid, exited };
  }

  /** The directory or file goes away with the servers. Tell the keeper before anything is written to it. */
  async removeAtEnd(directory: string): Promise<void> {
    await this.ask({ op: 'removeAtEnd', directory });
  }

  /** Containers with this label (`name=value`) go away with the servers, also those created later. */
  async removeContainersAtEnd(label: string): Promise<void> {
    await this.ask({ op: 'removeContainersAtEnd', label });
  }

  /** Stops every process, removes every directory and container it was given, and ends. */
  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.letOwnerExit(false);
    const exited = once(this.child, 'exit');
    this.child.stdin?.end();
    await exited;
  }

  private ask(command: Asked<Command>): Promise<number | undefined> {
    // a pipe that has failed once says nothing of the next write to it: nobody would ever answer
    if (this.gone) return Promise.reject(keeperEnded());
    const id = this.nextId++;
    this.letOwnerExit(false);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { done: resolve, failed: reject });
      this.child.stdin?.write(`${JSON.stringify({ id, ...command })}\n`);
    });
  }

  private receive(line: string): void {
    const report = JSON.parse(line) as Report;
    if (report.kind === 'exited') {
      this.exits.get(report.pid)?.({ code: report.code, signal: report.signal });
      this.exits.delete(report.pid);
      return;
    }
    const asked = this.waiting.get(report.id);
    this.waiting.delete(report.id);
    if (this.waiting.size === 0 && !this.starting) this.letOwnerExit(true);
    if (report.kind === 'failed') {
      asked?.failed(new InfraError('INFRA_START_FAILED', report.message));
      return;
    }
    const { pid } = report;
    // Registered before the next line is read, so an exit reported right behind is not lost.
    if (pid !== undefined) this.kept.set(pid, new Promise((resolve) => this.exits.set(pid, resolve)));
    asked?.done(pid);
  }

  /** The keeper is gone. If it was killed rather than ended, its servers are stopped from here. */
  private lost(): void {
    this.gone = true;
    for (const asked of this.waiting.values()) asked.failed(keeperEnded());
    this.waiting.clear();
    for (const [pid, resolve] of this.exits) {
      if (this.child.signalCode !== null) killIfAlive(pid);
      resolve({ code: null, signal: this.child.signalCode });
    }
    this.exits.clear();
  }

  /** A program that forgot to stop its infrastructure may still end by running out of work; the keeper then sees it. */
  private letOwnerExit(allowed: boolean): void {
    const handles = [this.child, this.child.stdin, this.child.stdout] as unknown as { ref(): void; unref(): void }[];
    for (const handle of handles) {
      if (allowed) handle.unref();
      else handle.ref();
    }
  }
}

function keeperEnded(): InfraError {
  return new InfraError('INFRA_START_FAILED', 'The keeper process ended.');
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
