import type { SagaInput } from './saga-input.js';
import type { Saga } from './saga-state.js';

/**
 * Which clock of a saga has run out; undefined: none, or none that may be acted on yet.
 *
 * A deadline means that no answer came in time. After an outage, of order itself or of the broker, answers may be in the
 * topic unread: so it counts only when everything written before it has been handled. Sending a command again is
 * harmless and does not wait for that.
 *
 * @param handledUntil all events written before this time have been handled
 */
export function dueInput(
  { deadlineAt, retryAt }: Pick<Saga, 'deadlineAt' | 'retryAt'>,
  now: Date,
  handledUntil: Date,
): Extract<SagaInput, { type: 'DEADLINE' | 'RETRY' }> | undefined {
  if (deadlineAt !== null && deadlineAt <= now && deadlineAt <= handledUntil) return { type: 'DEADLINE' };
  if (retryAt !== null && retryAt <= now) return { type: 'RETRY' };
  return undefined;
}
