import { ProblemError, type ProblemKind } from '@outrider/contracts';
import { InboxError } from '@outrider/inbox';
import { OutboxError, type OutboxErrorCode } from '@outrider/outbox';
import { endpointsOf, type EndpointDefinition } from '../http/index.js';
import type { AdminContext } from './admin-context.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { InboxController } from './inbox.controller.js';
import { OutboxController } from './outbox.controller.js';

const controllers = [DeadLettersController, OutboxController, InboxController];

/** Every operation of the admin API. */
export const adminEndpoints: readonly EndpointDefinition[] = endpointsOf(controllers);

/**
 * What operators can see and do about a service's outbox and inbox: dead letters, replays, where an event is. For people
 * with the role admin alone.
 */
export function adminControllers(context: AdminContext): readonly object[] {
  return controllers.map((Controller) => new Controller(context));
}

const OUTBOX_PROBLEMS: Partial<Record<OutboxErrorCode, ProblemKind>> = {
  OUTBOX_INVALID_ARGUMENT: 'malformed',
  OUTBOX_REPLAY_TOO_OLD: 'malformed',
  OUTBOX_KEY_NOT_PARKED: 'not-found',
  OUTBOX_EVENT_UNKNOWN: 'not-found',
  OUTBOX_REPLAY_UNKNOWN: 'not-found',
  OUTBOX_REPLAY_OVER: 'too-late',
};

/** Which problem an error of outbox or inbox is to an operator; undefined for any other error. */
export function adminProblemOf(error: unknown): ProblemError | undefined {
  if (error instanceof OutboxError) {
    const kind = OUTBOX_PROBLEMS[error.code];
    return kind === undefined ? undefined : new ProblemError(kind, error.message);
  }
  if (error instanceof InboxError && error.code === 'INBOX_TOPIC_UNKNOWN') {
    return new ProblemError('not-found', error.message);
  }
  return undefined;
}
