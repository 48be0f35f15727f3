import type { Log } from '@outrider/common';
import { advanceReplay, listReplays, type OutboxDatabase, type ReplayState } from '@outrider/outbox';

/** States in which a replay has work to do; HELD waits for an operator. */
const TO_DO: ReadonlySet<ReplayState> = new Set(['STAGING', 'RELEASING', 'ABANDONING']);

/** Runs the replays of an outbox. Every replica may do so at once: the progress is stored in the database. */
export class Replays {
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(
    private readonly database: OutboxDatabase,
    private readonly log: Pick<Log, 'error'>,
  ) {}

  /** Works until there is nothing to do; a call while it works joins that work. */
  run(): Promise<void> {
    this.#running ??= this.#work().finally(() => (this.#running = undefined));
    return this.#running;
  }

  /** Starts at once, without waiting for it: an operator has just asked. */
  nudge(): void {
    this.run().catch((error: unknown) => this.log.error({ err: error }, 'replays could not be continued'));
  }

  /** Resolves after the current step. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running?.catch(() => undefined);
  }

  async #work(): Promise<void> {
    for (let more = true; more && !this.#stop.signal.aborted;) {
      more = false;
      // the oldest first
      const replays = (await listReplays(this.database)).filter(({ state }) => TO_DO.has(state)).toReversed();
      for (const { job } of replays) {
        if (this.#stop.signal.aborted) return;
        try {
          more = TO_DO.has((await advanceReplay(this.database, job)).state) || more;
        } catch (error) {
          // the others go on
          this.log.error({ err: error, job }, 'a replay could not be continued');
        }
      }
    }
  }
}
