import { backoffMs } from '@outrider/common';

export interface WorkQueueTimes {
  /** the same key is not begun more often than this */
  readonly leastMs: number;
  readonly firstBackoffMs: number;
  readonly longestBackoffMs: number;
}

export const WORK_QUEUE_TIMES: WorkQueueTimes = { leastMs: 100, firstBackoffMs: 250, longestBackoffMs: 60_000 };

/**
 * However far ahead a key is due: a clock that is set right later must not stall a roll-out, and Node takes a timer of more
 * than 24 days for none. What is worked on too early only finds nothing to do.
 */
const LONGEST_WAIT_MS = 600_000;

/** Works on a key. @returns after how many ms it is to be worked on again, whatever happens; undefined: when added */
export type Work = (key: string) => Promise<number | undefined>;

interface Entry {
  timer: NodeJS.Timeout | undefined;
  /** when it is due, by `performance.now()`; undefined: it is not */
  dueAt: number | undefined;
  running: boolean;
  failures: number;
  begunAt: number;
  forgotten: boolean;
}

/**
 * Keys that are to be worked on: each by one worker at a time, however often it is added, and again with growing waits
 * when it fails.
 */
export class WorkQueue {
  readonly #entries = new Map<string, Entry>();
  readonly #ready: string[] = [];
  #running = 0;
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(
    private readonly work: Work,
    /** how many keys are worked on at once */
    private readonly workers: number,
    /** notified of what `work` throws */
    private readonly failed: (key: string, error: unknown) => void,
    private readonly times: WorkQueueTimes = WORK_QUEUE_TIMES,
  ) {}

  /** How many keys wait for a worker. */
  get depth(): number {
    return this.#ready.length;
  }

  /** As soon as may be; while it is worked on, right after that. */
  add(key: string): void {
    this.addAfter(key, 0);
  }

  /** In `ms`, unless it is due before. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    const now = performance.now();
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { timer: undefined, dueAt: undefined, running: false, failures: 0, begunAt: -Infinity, forgotten: false };
      this.#entries.set(key, entry);
    }
    entry.forgotten = false;
    // somebody may have repaired what failed: it does not wait for the whole of its back-off
    const least = entry.failures > 0 ? this.times.firstBackoffMs : this.times.leastMs;
    const dueAt = Math.max(now + ms, entry.begunAt + least);
    if (entry.dueAt === undefined || dueAt < entry.dueAt) this.#schedule(key, entry, dueAt);
  }

  /** Forgets a key: what it was waiting for is no longer there. */
  forget(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.forgotten = true;
    entry.dueAt = undefined;
    clearTimeout(entry.timer);
    const waiting = this.#ready.indexOf(key);
    if (waiting >= 0) this.#ready.splice(waiting, 1);
    if (!entry.running) this.#entries.delete(key);
  }

  /** Begins nothing more. Resolves when what runs has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { timer } of this.#entries.values()) clearTimeout(timer);
    this.#ready.length = 0;
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  #schedule(key: string, entry: Entry, dueAt: number): void {
    clearTimeout(entry.timer);
    entry.dueAt = dueAt;
    // while it runs, the end of its work looks at when it is due
    if (entry.running) return;
    entry.timer = setTimeout(
      () => {
        entry.timer = undefined;
        this.#ready.push(key);
        this.#next();
      },
      Math.min(Math.max(0, dueAt - performance.now()), LONGEST_WAIT_MS),
    );
  }

  #next(): void {
    while (!this.#closed && this.#running < this.workers) {
      const key = this.#ready.shift();
      if (key === undefined) return;
      const entry = this.#entries.get(key);
      if (entry !== undefined) void this.#run(key, entry);
    }
  }

  async #run(key: string, entry: Entry): Promise<void> {
    entry.dueAt = undefined;
    entry.running = true;
    entry.begunAt = performance.now();
    this.#running += 1;
    let again: number | undefined;
    try {
      again = await this.work(key);
      entry.failures = 0;
    } catch (error) {
      entry.failures += 1;
      this.failed(key, error);
    }
    this.#running -= 1;
    entry.running = false;
    if (this.#closed) {
      if (this.#running === 0) this.#idle?.();
      return;
    }
    this.#reschedule(key, entry, again);
    this.#next();
  }

  #reschedule(key: string, entry: Entry, again: number | undefined): void {
    if (entry.forgotten) {
      this.#entries.delete(key);
      return;
    }
    const added = entry.dueAt;
    entry.dueAt = undefined;
    if (entry.failures > 0) {
      const { firstBackoffMs, longestBackoffMs } = this.times;
      this.#schedule(key, entry, performance.now() + backoffMs(entry.failures, firstBackoffMs, longestBackoffMs));
      return;
    }
    if (added !== undefined) this.#schedule(key, entry, added);
    if (again !== undefined) this.addAfter(key, again);
  }
}
