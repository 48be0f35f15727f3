import { ProblemError, type ProblemKind } from '@outrider/contracts';
import { isTransient } from '@outrider/inbox';
import { isConflict } from '../database/index.js';
import { methodsByPath, type EndpointDefinition } from '../http/index.js';
import type { Logger } from '../logging/index.js';
import { problemOf, sendProblem, type ErrorHandler } from '../problems/index.js';

/** Problems of a request whose path does not have its method: its body is parsed before its route is known. */
const UNROUTED: ReadonlySet<ProblemKind> = new Set([
  'not-found',
  'malformed',
  'unsupported-media-type',
  'payload-too-large',
]);

/**
 * Answers every error of a port with a problem, a wrong method with method-not-allowed, and logs the unexpected ones.
 * @param toProblem which problem an error is
 */
export function errorHandler(
  endpoints: readonly EndpointDefinition[],
  log: Logger,
  toProblem: (error: unknown) => ProblemError = serviceProblemOf,
): ErrorHandler {
  const methodsOf = methodsByPath(endpoints);
  return (error, request, reply) => {
    const { method, url, routeOptions } = request;
    const problem = problemOfRead(toProblem(error), method);
    if (problem.status >= 500) {
      log.error({ err: error, method, route: routeOptions.url ?? 'unknown' }, 'a request failed');
    }
    const methods = UNROUTED.has(problem.kind) ? methodsOf(url.split('?', 1)[0] ?? '') : [];
    if (methods.length === 0 || methods.includes(method)) sendProblem(reply, problem);
    else sendProblem(reply, new ProblemError('method-not-allowed', undefined, {}, { allow: methods.join(', ') }));
  };
}

/** A read changes nothing that could conflict: what it needed was locked or being altered. */
function problemOfRead(problem: ProblemError, method: string): ProblemError {
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead && problem.kind === 'version-conflict' ? unavailable() : problem;
}

function unavailable(): ProblemError {
  return new ProblemError('unavailable', undefined, {}, { 'retry-after': '1' });
}

/** Which problem an error of a service is to a caller. */
export function serviceProblemOf(error: unknown): ProblemError {
  return (isIncompleteRequest(error) ? undefined : databaseProblemOf(error)) ?? problemOf(error);
}

/** The sender of the request went away, which by its code looks like a database that did. */
function isIncompleteRequest(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'statusCode' in error && error.statusCode === 400;
}

/** The database's errors that a caller may know of: a lasting conflict of two transactions, or no database. */
function databaseProblemOf(error: unknown): ProblemError | undefined {
  if (isConflict(error)) return new ProblemError('version-conflict');
  if (isTransient(error)) return unavailable();
  return undefined;
}
