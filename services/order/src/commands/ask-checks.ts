import type { Background } from '@outrider/service-kit/background';
import type { Transactor } from '@outrider/service-kit/database';
import type { Logger } from '@outrider/service-kit/logging';
import { checkInput, OrderCheckError, type OrderCheck } from '../policies/order-check.js';
import type { AdvanceSagas } from './advance-sagas.js';
import type { CheckQueue, OpenCheck } from './check-queue.js';

export interface AskChecksSettings {
  readonly ask: NonNullable<OrderCheck['ask']>;
  readonly queue: CheckQueue;
  readonly advance: AdvanceSagas;
  readonly transactor: Transactor;
  readonly log: Logger;
  /** a call that has not answered after this has failed, in ms */
  readonly timeoutMs: number;
  /** how many calls are open at a time */
  readonly atOnce: number;
  readonly observer: CheckObserver;
}

/** Called with the end of each call. */
export interface CheckObserver {
  asked(result: CheckResult): void;
}

/** How a call of the shop's function can end. */
export const CHECK_RESULTS = ['passed', 'refused', 'review', 'failed'] as const;
export type CheckResult = (typeof CHECK_RESULTS)[number];

/**
 * Asks a shop's function about the orders in the queue, outside any transaction, and applies what it answers as if an event
 * had brought it. A call that fails is logged and counted, and is made again when the saga sends its command again.
 */
export class AskChecks implements Background {
  readonly name = 'ask checks';
  readonly #stop = new AbortController();
  readonly #workers: readonly Promise<void>[];

  constructor(private readonly settings: AskChecksSettings) {
    this.#workers = Array.from({ length: settings.atOnce }, () => this.#work());
  }

  /** Calls that are open are aborted: another process asks again. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#workers);
  }

  async #work(): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      const check = await this.settings.queue.take(signal);
      if (check === undefined) return;
      await this.#askAbout(check);
    }
  }

  async #askAbout({ commandId, ...checked }: OpenCheck): Promise<void> {
    const { transactor, advance, observer, log } = this.settings;
    const orderId = checked.order.id;
    try {
      const input = checkInput(await this.#call(checked), commandId);
      const afterCommit = await transactor.run((tx) => advance.execute(tx, [{ orderId, input, eventId: null }]));
      await afterCommit?.();
      observer.asked(RESULT[input.type]);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      observer.asked('failed');
      log.warn({ err: error, orderId }, 'the check of an order failed; it is asked for again');
    }
  }

  /** A function that does not heed its signal holds nobody up. @throws what it throws; OrderCheckError after the time-out */
  async #call(checked: Omit<OpenCheck, 'commandId'>): Promise<unknown> {
    const { ask, timeoutMs } = this.settings;
    const call = new AbortController();
    let stopped = (): void => undefined;
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<never>((_, reject) => {
      const end = (reason: string): void => {
        const error = new OrderCheckError(reason);
        call.abort(error);
        reject(error);
      };
      stopped = () => end('the process stops');
      timer = setTimeout(() => end(`no answer within ${timeoutMs} ms`), timeoutMs);
    });
    this.#stop.signal.addEventListener('abort', stopped, { once: true });
    try {
      return await Promise.race([ask(checked, call.signal), over]);
    } finally {
      clearTimeout(timer);
      this.#stop.signal.removeEventListener('abort', stopped);
    }
  }
}

const RESULT = { CHECK_PASSED: 'passed', CHECK_REFUSED: 'refused', CHECK_REVIEW: 'review' } as const;
