import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { CommandError } from '@outrider/scripts/cli/errors';
import type { Command, SubjectConfig, Report } from './protocol.js';

/** A drain must end some day. */
const LONGEST_MS = 900_000;
const STOP_MS = 10_000;

export interface Drained {
  readonly ms: number;
  /** of the subject's process */
  readonly cpuMicros: number;
}

/** The bench's side of a subject. The process ends with `stop`, or with the bench. */
export class SubjectProcess {
  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {}

  /** @param ends kills it: what it is asked then, or was, is rejected */
  static async start(name: string, script: string, config: SubjectConfig, ends?: AbortSignal): Promise<SubjectProcess> {
    const child = fork(script, [], {
      execArgv: ['--disable-warning=TimeoutNegativeWarning'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      ...(ends && { signal: ends, killSignal: 'SIGKILL' }),
    });
    // that of the signal; the exit is what is acted on
    child.on('error', () => undefined);
    const subject = new SubjectProcess(name, child);
    try {
      await subject.#ask({ kind: 'start', config });
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    return subject;
  }

  async fill(events: number): Promise<void> {
    await this.#ask({ kind: 'fill', events });
  }

  async release(): Promise<Drained> {
    const report = await this.#ask({ kind: 'release' });
    if (report.kind !== 'drained') throw new CommandError(`${this.name} answered ${report.kind}`);
    return report;
  }

  /** Nanoseconds of the monotonic clock by event id. */
  async acks(): Promise<Map<string, bigint>> {
    const report = await this.#ask({ kind: 'acks' });
    const acks = report.kind === 'acks' ? report.acks : [];
    // the first counts: an event that is sent twice has been acknowledged by then
    return new Map(acks.toReversed().map(([eventId, at]) => [eventId, BigInt(at)]));
  }

  async stop(): Promise<void> {
    if (this.#hasEnded) return;
    const ended = once(this.child, 'exit');
    const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    this.child.send({ kind: 'stop' } satisfies Command);
    await ended;
    clearTimeout(late);
  }

  get #hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async #ask(command: Command): Promise<Report> {
    if (this.#hasEnded) throw new CommandError(`${this.name} has ended before it was asked to ${command.kind}`);
    const { promise, resolve, reject } = Promise.withResolvers<Report>();
    const onExit = (): void => reject(new CommandError(`${this.name} ended while it was asked to ${command.kind}`));
    const late = setTimeout(() => {
      this.child.kill('SIGKILL');
      reject(new CommandError(`${this.name} did not ${command.kind} within ${LONGEST_MS / 1_000} s`));
    }, LONGEST_MS);
    this.child.once('message', resolve);
    this.child.once('exit', onExit);
    this.child.send(command);
    try {
      const report = await promise;
      if (report.kind === 'failed') throw new CommandError(`${this.name} could not ${command.kind}: ${report.message}`);
      return report;
    } finally {
      clearTimeout(late);
      this.child.off('message', resolve);
      this.child.off('exit', onExit);
    }
  }
}
