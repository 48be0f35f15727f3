import { setTimeout as sleep } from 'node:timers/promises';
import type { Keeper, KeptProcess, ProcessSpec } from '@outrider/testkit';

/** A process that is to run for as long as the installation does. */
export interface Program {
  /** unique, e.g. `order` or `order-2`; for people and logs */
  readonly name: string;
  readonly spec: ProcessSpec;
}

/** What becomes of a program, reported to what shows it. */
export interface SupervisorEvents {
  ended(program: Program, how: string): void;
  restarted(program: Program, pid: number): void;
}

export interface SupervisorTimes {
  /** before the first restart, ms; doubled for each further one */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  /** a process that lived as long as this counts as healthy again, ms */
  readonly healthyAfterMs: number;
}

const TIMES: SupervisorTimes = { firstDelayMs: 200, longestDelayMs: 10_000, healthyAfterMs: 10_000 };

interface State {
  pid: number | undefined;
  /** ends in a row without a healthy life between */
  failures: number;
  deaths: number;
}

/** Starts programs and starts them again when they die, later and later while they keep dying at once. */
export class Supervisor {
  readonly #states = new Map<string, State>();
  readonly #stopping = new AbortController();

  constructor(
    private readonly keeper: Pick<Keeper, 'spawn'>,
    private readonly events: SupervisorEvents,
    private readonly times: SupervisorTimes = TIMES,
  ) {}

  /** Starts a program. @throws InfraError when it cannot be executed at all. */
  async start(program: Program): Promise<void> {
    const state: State = { pid: undefined, failures: 0, deaths: 0 };
    this.#states.set(program.name, state);
    const first = await this.#spawn(program, state);
    void this.#watch(program, state, first);
  }

  /** The living process of a program; undefined while it is being started again. */
  pidOf(name: string): number | undefined {
    return this.#states.get(name)?.pid;
  }

  /** How often a program has ended against its will. */
  deathsOf(name: string): number {
    return this.#states.get(name)?.deaths ?? 0;
  }

  /** From now on what ends stays ended. */
  stop(): void {
    this.#stopping.abort();
  }

  async #spawn(program: Program, state: State): Promise<KeptProcess> {
    const kept = await this.keeper.spawn(program.spec);
    state.pid = kept.pid;
    return kept;
  }

  async #watch(program: Program, state: State, first: KeptProcess): Promise<void> {
    let kept = first;
    for (;;) {
      const since = performance.now();
      const { code, signal } = await kept.exited;
      state.pid = undefined;
      if (this.#stopping.signal.aborted) return;
      state.deaths++;
      if (performance.now() - since >= this.times.healthyAfterMs) state.failures = 0;
      this.events.ended(program, signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
      const again = await this.#respawn(program, state);
      if (again === undefined) return;
      kept = again;
      this.events.restarted(program, kept.pid);
    }
  }

  /** Undefined when the supervisor stops meanwhile, or when nothing can be started any more. */
  async #respawn(program: Program, state: State): Promise<KeptProcess | undefined> {
    const delay = Math.min(this.times.longestDelayMs, this.times.firstDelayMs * 2 ** state.failures);
    state.failures++;
    try {
      await sleep(delay, undefined, { signal: this.#stopping.signal });
      return await this.#spawn(program, state);
    } catch (error) {
      if (!this.#stopping.signal.aborted) {
        this.events.ended(
          program,
          `cannot be started again: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
      return undefined;
    }
  }
}
