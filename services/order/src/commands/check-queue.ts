import type { CheckedOrder } from '../policies/order-check.js';

/** A check that is to be asked for. */
export interface OpenCheck extends CheckedOrder {
  readonly commandId: string;
}

/** More than this is not kept: the saga asks again at its retry time. */
const MOST = 10_000;

/**
 * The checks that this process is to ask a function for, once the transaction that opened them has committed. What is in it
 * dies with the process, and is asked again when the saga sends its command again.
 */
export class CheckQueue {
  readonly #waiting = new Map<string, OpenCheck>();
  readonly #idle = new Set<() => void>();

  add(check: OpenCheck): void {
    const { commandId } = check;
    if (!this.#waiting.has(commandId) && this.#waiting.size >= MOST) return;
    this.#waiting.set(commandId, check);
    const [next] = this.#idle;
    next?.();
  }

  /** The one that has waited longest, as soon as there is one; undefined when the signal aborts. */
  async take(signal: AbortSignal): Promise<OpenCheck | undefined> {
    while (!signal.aborted) {
      const [first] = this.#waiting;
      if (first !== undefined) {
        this.#waiting.delete(first[0]);
        return first[1];
      }
      await this.#added(signal);
    }
    return undefined;
  }

  async #added(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.#idle.delete(wake);
        resolve();
      };
      signal.addEventListener('abort', wake, { once: true });
      this.#idle.add(wake);
    });
  }
}
