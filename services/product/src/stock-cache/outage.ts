import type { Log } from '@outrider/common';

/** Without a failure for so long, and with an answer after it, an outage is over. */
const QUIET_MS = 10_000;

/**
 * Reports each outage of Redis once, when it begins, and once when it is over: not each request that fails, nor each
 * connection that is made meanwhile.
 */
export class Outage {
  #beganMs: number | undefined;
  #lastMs = 0;
  #failures = 0;
  #met = false;

  /** @param nowMs a clock that never goes back */
  constructor(
    private readonly log: Pick<Log, 'info' | 'warn'>,
    private readonly quietMs: number = QUIET_MS,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  failed(error: unknown): void {
    this.#lastMs = this.nowMs();
    this.#failures += 1;
    if (this.#beganMs !== undefined) return;
    this.#beganMs = this.#lastMs;
    this.log.warn({ err: error }, 'Redis is unavailable; stock is read from the database');
  }

  answered(): void {
    if (this.#beganMs === undefined) {
      if (!this.#met) this.log.info({}, 'connected to Redis');
    } else {
      if (this.nowMs() - this.#lastMs < this.quietMs) return;
      const lastedMs = Math.round(this.#lastMs - this.#beganMs);
      this.log.info({ lastedMs, failures: this.#failures }, 'Redis is available again');
      this.#beganMs = undefined;
      this.#failures = 0;
    }
    this.#met = true;
  }
}
