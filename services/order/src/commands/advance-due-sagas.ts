import { isTransient, type TopicProgress } from '@outrider/inbox';
import type { SqlClient, Transactor } from '@outrider/service-kit/database';
import type { Logger } from '@outrider/service-kit/logging';
import { dueInput } from '../domain/due-input.js';
import type { SagaTiming } from '../domain/saga-timing.js';
import { lockSagas, takeDueSagas, type HeldSagas } from '../persistence/statements/lock-sagas.js';
import { applyInputs, type SagaMessage, type SagaObserver } from './apply-inputs.js';

export interface AdvanceDueSettings {
  readonly transactor: Transactor;
  readonly timing: SagaTiming;
  readonly observer: SagaObserver;
  /** of the topic of answers */
  readonly progress: Pick<TopicProgress, 'handledUntil' | 'hasHandledUntil'>;
  readonly log: Logger;
  /** sagas in one transaction at most */
  readonly atOnce?: number;
}

/** Looks for sagas whose deadline or retry has come. Every replica may, at any time. */
export class AdvanceDueSagas {
  readonly #atOnce: number;
  /**
   * Those that broke, and until when they are left alone: the longest overdue come first, and enough of these would
   * keep all others waiting for ever.
   */
  readonly #broken = new Map<string, number>();

  constructor(private readonly settings: AdvanceDueSettings) {
    this.#atOnce = settings.atOnce ?? 200;
  }

  /** @returns true when there may be more that are due */
  async execute(): Promise<boolean> {
    const { progress } = this.settings;
    const { taken, moved, late } = await this.#takeDue();
    if (moved > 0 && taken === this.#atOnce) return true;
    // deadlines are so rare that the broker is asked only when there are any
    const [unhandled] = late
      .filter((deadline) => deadline > progress.handledUntil)
      .toSorted((one, other) => +one - +other);
    return unhandled !== undefined && (await progress.hasHandledUntil(unhandled));
  }

  async #takeDue(): Promise<Round> {
    const broken = this.#stillBroken();
    let taken: readonly string[] = [];
    try {
      return await this.#advance(async (sql) => {
        const due = await takeDueSagas(sql, this.#atOnce, broken);
        taken = [...due.held.keys()];
        return due;
      });
    } catch (error) {
      if (taken.length === 0 || isTransient(error)) throw error;
    }
    // one of them is broken: the others do not wait for it
    const rounds: Round[] = [];
    for (const orderId of taken) {
      try {
        rounds.push(await this.#advance((sql) => lockSagas(sql, [orderId])));
      } catch (error) {
        if (isTransient(error)) throw error;
        this.#broken.set(orderId, Date.now() + this.settings.timing.retryLongestMs);
        this.settings.log.error({ err: error, orderId }, 'a saga whose time has come could not be moved');
      }
    }
    return {
      taken: taken.length,
      moved: rounds.reduce((sum, round) => sum + round.moved, 0),
      late: rounds.flatMap((round) => round.late),
    };
  }

  #stillBroken(): readonly string[] {
    for (const [orderId, until] of this.#broken) if (until <= Date.now()) this.#broken.delete(orderId);
    return [...this.#broken.keys()];
  }

  async #advance(take: (sql: SqlClient) => Promise<HeldSagas>): Promise<Round> {
    const { transactor, timing, observer, progress } = this.settings;
    const { round, afterCommit } = await transactor.run(async (tx) => {
      const due = await take(tx.sql);
      const sagas = [...due.held.values()].map(({ saga }) => saga);
      const messages = sagas.flatMap((saga): SagaMessage[] => {
        const input = dueInput(saga, due.now, progress.handledUntil);
        return input === undefined ? [] : [{ orderId: saga.orderId, input, eventId: null }];
      });
      const late = sagas.flatMap(({ deadlineAt }) =>
        deadlineAt !== null && deadlineAt <= due.now ? [deadlineAt] : [],
      );
      return {
        round: { taken: sagas.length, moved: messages.length, late },
        afterCommit: await applyInputs(tx, due, messages, timing, observer),
      };
    });
    await afterCommit();
    return round;
  }
}

/** What a look for due sagas came to. */
interface Round {
  readonly taken: number;
  readonly moved: number;
  /** the deadlines that have passed, whether or not they could be judged */
  readonly late: readonly Date[];
}
