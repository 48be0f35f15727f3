import type { Socket } from 'node:net';
import { isTopic, ProblemError, TOPICS } from '@outrider/contracts';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { adminControllers, adminEndpoints, adminProblemOf, type AdminContext } from '../admin/index.js';
import type { Authenticator } from '../auth/index.js';
import { createAdminServer, type Health } from '../health/index.js';
import { isAdmin, openApiOf, serveEndpoints, type RequestWithPrincipal } from '../http/index.js';
import type { Logger } from '../logging/index.js';
import type { Metrics } from '../metrics/index.js';
import { sendProblem, serveProblemPages } from '../problems/index.js';
import { identifyCallers, refuseBadCredentials } from './authentication.js';
import { answerClientError } from './client-errors.js';
import type { ServiceConfig } from './config.js';
import { Connections } from './connections.js';
import { errorHandler, serviceProblemOf } from './error-handler.js';

export interface AdminPortOptions extends Omit<AdminContext, 'partitionsOf'> {
  readonly title: string;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly authenticator: Authenticator;
  readonly log: Logger;
}

/**
 * The port for operators: health, metrics, and the admin API with its documentation. Does not listen yet. Without Nest,
 * whose router refuses an empty path parameter: a key may be empty.
 */
export function createAdminPort(config: ServiceConfig, options: AdminPortOptions): FastifyInstance {
  const { title, health, metrics, authenticator, log, ...context } = options;
  const server = createAdminServer(health, metrics.registry, {
    http: { maxHeaderSize: config.HTTP_MAX_HEADER_BYTES },
    frameworkErrors: (error: unknown, _request: unknown, reply: FastifyReply) =>
      sendProblem(reply, serviceProblemOf(error)),
    clientErrorHandler: (error: { readonly code?: string }, socket: Socket) =>
      answerClientError(error, socket, (on) => connections.isAnswering(on)),
  });
  const connections = new Connections(server.server, config.HTTP_MAX_CONNECTIONS, () =>
    log.warn({}, 'a connection to the admin port was closed: HTTP_MAX_CONNECTIONS was reached'),
  );
  const onError = errorHandler(adminEndpoints, log, (error) => adminProblemOf(error) ?? serviceProblemOf(error));
  server.setErrorHandler(onError);
  server.setNotFoundHandler((request, reply) => onError(new ProblemError('not-found'), request, reply));
  server.removeContentTypeParser('text/plain');
  const operations: ReadonlySet<string> = new Set(adminEndpoints.map(({ path }) => path));
  identifyCallers(server, authenticator);
  // health and metrics are for scrapers, whatever credentials they send
  refuseBadCredentials(server, (route) => operations.has(route));
  // who did it is stored with what is discarded or replayed; that it was asked for, also when it failed, is only here
  server.addHook('preHandler', async ({ principal, method, routeOptions, params }: RequestWithPrincipal) => {
    if (method !== 'POST' || principal?.kind !== 'person' || !isAdmin(principal)) return;
    log.info({ by: principal.id, method, route: routeOptions.url, params }, 'an operator asks');
  });
  const partitionsOf = (topic: string): number | undefined => (isTopic(topic) ? TOPICS[topic].partitions : undefined);
  serveEndpoints(server, adminControllers({ ...context, partitionsOf }));
  serveProblemPages(server);
  const document = openApiOf({ title: `${title}: admin`, version: config.APP_VERSION }, adminEndpoints);
  server.get('/openapi.json', async () => document);
  return server;
}
