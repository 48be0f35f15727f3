import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { ProblemError, problemPage, PROBLEMS, type Problem, type ProblemKind } from '@outrider/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** fastify's own refusals (bad JSON, too large, …) as problems. */
const BY_STATUS: Readonly<Record<number, ProblemError>> = {
  400: new ProblemError('malformed'),
  404: new ProblemError('not-found'),
  405: new ProblemError('method-not-allowed'),
  406: new ProblemError('not-acceptable'),
  413: new ProblemError('payload-too-large'),
  415: new ProblemError('unsupported-media-type'),
  429: new ProblemError('too-many-requests'),
  503: new ProblemError('unavailable'),
};

/** Which problem an error is to a caller. What is not meant for callers becomes `internal` without details. */
export function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
  if (status === undefined || status >= 500) return new ProblemError(status === 503 ? 'unavailable' : 'internal');
  return BY_STATUS[status] ?? new ProblemError('malformed');
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** Sends a problem (RFC 9457). */
export function sendProblem(reply: FastifyReply, error: ProblemError): void {
  const problem: Problem = error.toProblem();
  void reply
    .code(problem.status)
    .headers(error.headers)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
}

/** Answers the request that an error came of. */
export type ErrorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;

/** Has every error of a Nest application answered by an error handler. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly answer: ErrorHandler) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}

/** Adds GET /problems/:kind, where the `type` of a problem leads: what it means and what to do. */
export function serveProblemPages(app: FastifyInstance): void {
  app.get<{ Params: { kind: string } }>('/problems/:kind', async (request, reply) => {
    const { kind } = request.params;
    if (!isKind(kind)) throw new ProblemError('not-found');
    return reply.type('text/markdown; charset=utf-8').send(problemPage(kind));
  });
}

function isKind(kind: string): kind is ProblemKind {
  return Object.hasOwn(PROBLEMS, kind);
}
