import type { Log } from '@outrider/common';
import { advanceReplay, listReplays, type OutboxDatabase, type ReplayState } from '@outrider/outbox';

/** What these wait for is somebody's work; HELD waits for a person. */
const TO_DO: ReadonlySet<ReplayState> = new Set(['STAGING', 'RELEASING', 'ABANDONING']);

/** Brings the replays of an outbox on; every replica may at once, since how far they are lies in the database. */
export class Replays {
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(
    private readonly database: OutboxDatabase,
    private readonly log: Pick<Log, 'error'>,
  ) {}

  /** Works until there is nothing to do; a call while it works is the same work. */
  run(): Promise<void> {
    this.#running ??= this.#work().finally(() => (this.#running = undefined));
    return this.#running;
  }

  /** Begins at once and is not waited for: someone has just asked. */
  nudge(): void {
    this.run().catch((error: unknown) => this.log.error({ err: error }, 'replays could not be brought on now'));
  }

  /** Ends after the step in hand. */
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
          // one that cannot go on now keeps no other waiting
          this.log.error({ err: error, job }, 'a replay could not be brought on now');
        }
      }
    }
  }
}
