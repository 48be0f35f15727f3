import type { SagaInput } from './saga-input.js';
import type { Saga } from './saga-state.js';

/**
 * Which clock of a saga has run out; undefined: none, or none that may be acted on yet.
 *
 * A deadline says that nobody answered in time. After an outage, of order itself or of the broker, the answers may stand
 * in the log unread: so it counts only when all that was said up to then has been heard. Asking again hurts nobody, and
 * does not wait for that.
 *
 * @param heardUntil up to when everything that peers have said was handled
 */
export function dueInput(
  { deadlineAt, retryAt }: Pick<Saga, 'deadlineAt' | 'retryAt'>,
  now: Date,
  heardUntil: Date,
): Extract<SagaInput, { type: 'DEADLINE' | 'RETRY' }> | undefined {
  if (deadlineAt !== null && deadlineAt <= now && deadlineAt <= heardUntil) return { type: 'DEADLINE' };
  if (retryAt !== null && retryAt <= now) return { type: 'RETRY' };
  return undefined;
}
