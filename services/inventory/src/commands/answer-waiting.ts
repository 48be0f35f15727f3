import type { Transactor } from '@outrider/service-kit/database';
import { lockAnswerable } from '../persistence/statements/lock-answerable.js';
import { decideDue } from './decide-due.js';
import type { DecideReservations } from './decide-reservations.js';

const BATCH = 200;

/** Answers orders that waited for a product's registration, when it has come or the wait is over. */
export class AnswerWaiting {
  constructor(
    private readonly transactor: Transactor,
    private readonly decide: DecideReservations,
  ) {}

  /**
   * @returns true when there may be more
   * @throws AggregateError when some could not be answered; the others are
   */
  async execute(): Promise<boolean> {
    return (await decideDue(this.transactor, this.decide, (sql) => lockAnswerable(sql, BATCH))) === BATCH;
  }
}
