import { isTransient } from '@outrider/inbox';
import type { Logger } from '@outrider/service-kit/logging';
import type { Answered } from './settle-attempts.js';

const LARGEST_SET = 250;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

interface Waiting {
  readonly answered: Answered;
  readonly written: () => void;
}

/**
 * Writes answers in sets: what comes in while one set is being written makes up the next. So under load a transaction
 * holds many payments, and when idle an answer waits for nothing. Nothing is lost by giving up: an answer that was not
 * written is asked for again, under the same key, when its lease has ended.
 */
export class AnswerQueue {
  #waiting: Waiting[] = [];
  #writing = false;
  #closing = false;

  /** @param write in one transaction; rejects when nothing was written */
  constructor(
    private readonly write: (answers: readonly Answered[]) => Promise<void>,
    private readonly log: Logger,
  ) {}

  /** Resolves when the answer has been written or was given up. */
  add(answered: Answered): Promise<void> {
    return new Promise((written) => {
      this.#waiting.push({ answered, written });
      if (!this.#writing) void this.#drain();
    });
  }

  /** From now on a set that cannot be written is given up at once. */
  close(): void {
    this.#closing = true;
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const set = this.#waiting.splice(0, LARGEST_SET);
      await this.#settle(set.map(({ answered }) => answered));
      for (const { written } of set) written();
    }
    this.#writing = false;
  }

  async #settle(answers: readonly Answered[]): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.write(answers);
        return;
      } catch (error) {
        if (isTransient(error) && !this.#closing) {
          const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(tries, 10));
          this.log.warn(
            { err: error, answers: answers.length, waitMs },
            'answers of the provider cannot be written yet',
          );
          await new Promise((resolve) => setTimeout(resolve, waitMs));
          continue;
        }
        if (answers.length === 1) {
          const orderId = answers[0]?.attempt.payment.orderId;
          this.log.error({ err: error, orderId }, 'an answer of the provider cannot be written; it is asked for again');
          return;
        }
      }
      // one of them breaks the set: the others must not suffer
      for (const answer of answers) await this.#settle([answer]);
      return;
    }
  }
}
