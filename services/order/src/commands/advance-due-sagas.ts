import { isTransient, type TopicProgress } from '@outrider/inbox';
import type { SqlClient, Transactor } from '@outrider/service-kit/database';
import type { Logger } from '@outrider/service-kit/logging';
import { dueInput } from '../domain/due-input.js';
import { firstLateDeadline, lockSagas, takeDueSagas, type HeldSagas } from '../persistence/statements/lock-sagas.js';
import { applyInputs, type SagaMessage, type SagaWork } from './apply-inputs.js';

export interface AdvanceDueSettings {
  readonly transactor: Transactor;
  readonly work: SagaWork;
  /** of the topics of answers */
  readonly progress: Pick<TopicProgress, 'handledUntil' | 'hasHandledUntil'>;
  readonly log: Logger;
  /** the most sagas in one transaction */
  readonly atOnce?: number;
}

/** Advances sagas whose deadline or retry time has come. Every replica may, at any time. */
export class AdvanceDueSagas {
  readonly #atOnce: number;
  /**
   * Sagas that failed to advance, and until when they are skipped: the longest overdue come first, and enough of these
   * would block all others.
   */
  readonly #broken = new Map<string, number>();

  constructor(private readonly settings: AdvanceDueSettings) {
    this.#atOnce = settings.atOnce ?? 200;
  }

  /** @returns true when there may be more that are due */
  async execute(): Promise<boolean> {
    const { transactor, progress } = this.settings;
    const { taken, advanced } = await this.#takeDue();
    if (advanced > 0 && taken === this.#atOnce) return true;
    // deadlines are so rare that the broker is asked only when there are any
    const late = await firstLateDeadline(transactor.read(), progress.handledUntil);
    return late !== undefined && late > progress.handledUntil && progress.hasHandledUntil(late);
  }

  async #takeDue(): Promise<Batch> {
    const broken = this.#stillBroken();
    let taken: readonly string[] = [];
    try {
      return await this.#advance(async (sql) => {
        const due = await takeDueSagas(sql, this.#atOnce, broken, this.settings.progress.handledUntil);
        taken = [...due.held.keys()];
        return due;
      });
    } catch (error) {
      if (taken.length === 0 || isTransient(error)) throw error;
    }
    // one of them fails: the others do not wait for it
    const batches: Batch[] = [];
    for (const orderId of taken) {
      try {
        batches.push(await this.#advance((sql) => lockSagas(sql, [orderId])));
      } catch (error) {
        if (isTransient(error)) throw error;
        this.#broken.set(orderId, Date.now() + this.settings.work.timing.retryLongestMs);
        this.settings.log.error({ err: error, orderId }, 'a due saga could not be advanced');
      }
    }
    return {
      taken: taken.length,
      advanced: batches.reduce((sum, batch) => sum + batch.advanced, 0),
    };
  }

  #stillBroken(): readonly string[] {
    for (const [orderId, until] of this.#broken) if (until <= Date.now()) this.#broken.delete(orderId);
    return [...this.#broken.keys()];
  }

  async #advance(take: (sql: SqlClient) => Promise<HeldSagas>): Promise<Batch> {
    const { transactor, work, progress } = this.settings;
    const { batch, afterCommit } = await transactor.run(async (tx) => {
      const due = await take(tx.sql);
      const sagas = [...due.held.values()].map(({ saga }) => saga);
      const messages = sagas.flatMap((saga): SagaMessage[] => {
        const input = dueInput(saga, due.now, progress.handledUntil);
        return input === undefined ? [] : [{ orderId: saga.orderId, input, eventId: null }];
      });
      return {
        batch: { taken: sagas.length, advanced: messages.length },
        afterCommit: await applyInputs(tx, due, messages, work),
      };
    });
    await afterCommit();
    return batch;
  }
}

/** The result of one batch of due sagas. */
interface Batch {
  readonly taken: number;
  readonly advanced: number;
}
