import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CommandError } from '../cli/errors.js';
import type { TestAnswer, TestRequest } from './jest-worker.js';

const WORKER = fileURLToPath(new URL('./jest-worker.js', import.meta.url));

/** jest keeps what it loads of native modules: a process ends after so many runs. */
const RUNS_PER_PROCESS = 60;

export type TestOutcome = TestAnswer | { readonly kind: 'timeout' };

/** Runs one test file after the other in a process that stays, and that is replaced when it hangs. */
export class JestProcess implements AsyncDisposable {
  #child: ChildProcess | undefined;
  #runs = 0;

  constructor(
    private readonly directory: string,
    private readonly signal: AbortSignal,
  ) {}

  async run(request: TestRequest, limitMs: number): Promise<TestOutcome> {
    this.signal.throwIfAborted();
    if (this.#runs++ >= RUNS_PER_PROCESS || this.#child?.connected === false) await this.#end();
    const child = (this.#child ??= this.#start());
    const { promise, resolve, reject } = Promise.withResolvers<TestOutcome>();
    const timer = setTimeout(() => resolve({ kind: 'timeout' }), limitMs);
    const onMessage = (answer: unknown): void => resolve(answer as TestAnswer);
    // a change may well end the process that it runs in
    const onExit = (): void => resolve({ kind: 'failed', ms: 0 });
    const onAbort = (): void => reject(this.signal.reason);
    child.on('message', onMessage).once('exit', onExit);
    this.signal.addEventListener('abort', onAbort);
    child.send(request);
    try {
      const outcome = await promise;
      if (outcome.kind === 'broken') throw new CommandError(`jest cannot run ${request.test}: ${outcome.reason}`);
      if (outcome.kind === 'timeout') await this.#end();
      return outcome;
    } finally {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit);
      this.signal.removeEventListener('abort', onAbort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  #start(): ChildProcess {
    this.#runs = 1;
    return fork(WORKER, [this.directory], {
      cwd: this.directory,
      execArgv: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
      // what failing tests write is of no use here
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
  }

  async #end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.#runs = 0;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
    await promise;
  }
}
