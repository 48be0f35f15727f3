import { lockAnswerable } from '../persistence/statements/lock-answerable.js';
import { DecideDue, type DecideDueSettings } from './decide-due.js';

/** Answers orders that waited for a product's registration, when it has come or the wait is over. */
export class AnswerWaiting {
  readonly #due: DecideDue;

  constructor(settings: DecideDueSettings) {
    this.#due = new DecideDue(settings);
  }

  /** @returns true when there may be more */
  execute(): Promise<boolean> {
    return this.#due.execute(lockAnswerable);
  }
}
