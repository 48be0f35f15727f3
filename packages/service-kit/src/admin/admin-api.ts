import { ProblemError, type ProblemKind } from '@outrider/contracts';
import { InboxError } from '@outrider/inbox';
import { OutboxError, type OutboxDatabase, type OutboxErrorCode } from '@outrider/outbox';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { listAllDeadLetters } from './endpoints.js';
import { addInboxRoutes, type InboxOperations } from './inbox-routes.js';
import { listDeadLetters } from './list-dead-letters.js';
import { addOutboxRoutes } from './outbox-routes.js';
import type { Replays } from './replays.js';
import { AdminRoutes, type RequestGate } from './route.js';

export interface AdminApiOptions {
  /** whose database it is */
  readonly name: string;
  /** the inbox's consumer */
  readonly consumer: string;
  readonly database: OutboxDatabase;
  readonly inbox: InboxOperations;
  readonly replays: Replays;
  /** how many partitions a topic has, if that is known */
  readonly partitionsOf: (topic: string) => number | undefined;
  readonly gate: RequestGate;
  /** what an error is to a caller, when it is none of inbox or outbox */
  readonly problemOf: (error: unknown) => ProblemError;
  readonly send: (reply: FastifyReply, problem: ProblemError) => void;
  readonly log: { info(object: object, message: string): void; error(object: object, message: string): void };
}

const OUTBOX_PROBLEMS: Partial<Record<OutboxErrorCode, ProblemKind>> = {
  OUTBOX_INVALID_ARGUMENT: 'malformed',
  OUTBOX_REPLAY_TOO_OLD: 'malformed',
  OUTBOX_KEY_NOT_PARKED: 'not-found',
  OUTBOX_EVENT_UNKNOWN: 'not-found',
  OUTBOX_REPLAY_UNKNOWN: 'not-found',
  OUTBOX_REPLAY_OVER: 'too-late',
};

/**
 * What those who run a service can see and do about its outbox and inbox: dead letters, replays, where an event is.
 * For people with the role admin alone; errors are problems.
 */
export function addAdminApi(app: FastifyInstance, options: AdminApiOptions): void {
  const { name, consumer, database, inbox, replays, partitionsOf, gate, send, log } = options;
  app.setErrorHandler((error, request, reply) => {
    const problem = ownProblemOf(error) ?? options.problemOf(error);
    if (problem.status >= 500) {
      const { method, routeOptions } = request;
      log.error({ err: error, method, route: routeOptions.url ?? 'unknown' }, 'an admin request failed');
    }
    send(reply, problem);
  });
  app.setNotFoundHandler((_request, reply) => send(reply, new ProblemError('not-found')));
  app.removeContentTypeParser('text/plain');

  // who did it is kept with what is discarded or replayed; that it was asked for, also when it failed, only here
  const routes = new AdminRoutes(app, gate, (what) => log.info(what, 'an admin asks'));
  routes.add(listAllDeadLetters, async ({ query }) => listDeadLetters(database, consumer, query));
  addOutboxRoutes(routes, name, database, replays, partitionsOf);
  addInboxRoutes(routes, database, consumer, inbox);
  routes.refuseOtherMethods();
}

function ownProblemOf(error: unknown): ProblemError | undefined {
  if (error instanceof OutboxError) {
    const kind = OUTBOX_PROBLEMS[error.code];
    return kind === undefined ? undefined : new ProblemError(kind, error.message);
  }
  if (error instanceof InboxError && error.code === 'INBOX_TOPIC_UNKNOWN') {
    return new ProblemError('not-found', error.message);
  }
  return undefined;
}
