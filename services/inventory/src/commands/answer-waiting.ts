import type { Transactor } from '@outrider/service-kit/database';
import { lockAnswerable } from '../persistence/statements/lock-answerable.js';
import { settleDue } from './decide-due.js';
import type { SettleReservations } from './decide-reservations.js';

const A_ROUND = 200;

/** Answers orders that waited for a product's registration, when it has come or the wait is over. */
export class AnswerWaiting {
  constructor(
    private readonly transactor: Transactor,
    private readonly settle: SettleReservations,
  ) {}

  /**
   * @returns true when there may be more
   * @throws AggregateError when some could not be answered; the others are
   */
  async run(): Promise<boolean> {
    return (await settleDue(this.transactor, this.settle, (sql) => lockAnswerable(sql, A_ROUND))) === A_ROUND;
  }
}
