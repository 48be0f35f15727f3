import type { Socket } from 'node:net';
import { isTopic, TOPICS } from '@outrider/contracts';
import type { FastifyInstance } from 'fastify';
import { addAdminApi, adminEndpoints, type AdminApiOptions } from '../admin/index.js';
import type { Authenticator } from '../auth/index.js';
import { startAdminServer, type Health } from '../health/index.js';
import { openApiOf, readRequest, type RequestWithPrincipal } from '../http/index.js';
import type { Logger } from '../logging/index.js';
import type { Metrics } from '../metrics/index.js';
import { sendProblem, serveProblemPages } from '../problems/index.js';
import { answerClientError } from './client-errors.js';
import type { ServiceConfig } from './config.js';
import { Connections } from './connections.js';
import { serviceProblemOf } from './http-server.js';

export interface AdminPortParts extends Pick<AdminApiOptions, 'name' | 'consumer' | 'database' | 'inbox' | 'replays'> {
  readonly title: string;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly authenticator: Authenticator;
  readonly log: Logger;
}

/** The port for those who run a service: health, metrics, and the admin API with what documents it. Listens. */
export async function startAdminPort(config: ServiceConfig, parts: AdminPortParts): Promise<FastifyInstance> {
  const { title, health, metrics, authenticator, log, ...operated } = parts;
  const document = openApiOf({ title: `${title}: admin`, version: config.APP_VERSION }, adminEndpoints);
  let connections: Connections | undefined;
  return startAdminServer({
    host: config.HOST,
    port: config.ADMIN_PORT,
    health,
    metrics: metrics.registry,
    more: {
      headerBytes: config.HTTP_MAX_HEADER_BYTES,
      clientError: (error, socket: Socket) =>
        answerClientError(error, socket, (on) => connections?.isAnswering(on) ?? false),
      refuse: (error, reply) => sendProblem(reply, serviceProblemOf(error)),
      add(server) {
        connections = new Connections(server.server, config.HTTP_MAX_CONNECTIONS, () =>
          log.warn({}, 'a connection to the admin port was closed to make room'),
        );
        serveProblemPages(server);
        server.get('/openapi.json', async () => document);
        addAdminApi(server, {
          ...operated,
          partitionsOf: (topic) => (isTopic(topic) ? TOPICS[topic].partitions : undefined),
          gate: {
            async identify(request: RequestWithPrincipal) {
              request.principal = await authenticator.principalOf(request.headers);
            },
            read: readRequest,
          },
          problemOf: serviceProblemOf,
          send: sendProblem,
          log,
        });
      },
    },
  });
}
