import type { Socket } from 'node:net';
import type { DynamicModule, NestApplicationOptions, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import apiReference from '@scalar/fastify-api-reference';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Authenticator } from '../auth/index.js';
import type { Health } from '../health/index.js';
import { endpointsOf, readJsonBodies, openApiOf } from '../http/index.js';
import type { Logger } from '../logging/index.js';
import { counter, type Metrics } from '../metrics/index.js';
import { ProblemFilter, problemOf, sendProblem, serveProblemPages } from '../problems/index.js';
import { identifyCallers, refuseBadCredentials } from './authentication.js';
import { answerClientError } from './client-errors.js';
import { Connections } from './connections.js';
import { allowOrigins } from './cors.js';
import { errorHandler } from './error-handler.js';
import { httpMetrics } from './http-metrics.js';
import { limitRates, type RateLimits } from './rate-limits.js';
import { traceRequests } from '../tracing/index.js';
import { isAmong } from './trusted-proxies.js';
import { addSecurityHeaders, SECURITY_HEADERS } from './security-headers.js';

export interface PublicPortOptions {
  readonly title: string;
  readonly version: string;
  readonly module: DynamicModule | Type;
  readonly controllers: readonly Type[];
  readonly authenticator: Authenticator;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly edges: HttpEdges;
}

/** The limits of the public port. */
export interface HttpEdges {
  readonly bodyBytes: number;
  /** of all headers of a request */
  readonly headerBytes: number;
  readonly connections: number;
  /** how long the headers, and the whole request, may take to arrive */
  readonly headersMs: number;
  readonly requestMs: number;
  /** how long a connection may be idle between requests */
  readonly keepAliveMs: number;
  readonly rates: RateLimits;
  /** addresses and ranges of load balancers whose X-Forwarded-For is believed, and whose traces are continued */
  readonly trustedProxies: readonly string[];
  /** origins whose pages may call from a browser */
  readonly corsOrigins: readonly string[];
}

/** A connection without traffic in either direction is closed after this, also when its answer is not read. */
const STILL_MS = 30_000;

/** The API reader at /docs contacts this service only: no fonts, counters or assistants of its makers. */
const READER = {
  url: '/openapi.json',
  telemetry: false,
  withDefaultFonts: false,
  showDeveloperTools: 'never',
  hideClientButton: true,
  agent: { disabled: true },
  mcp: { disabled: true },
} as const;

/** The public port: the service's Nest application with limits, authentication, problems and documentation. Does not listen yet. */
export async function createPublicPort(options: PublicPortOptions): Promise<NestFastifyApplication> {
  const { edges } = options;
  const adapter = new FastifyAdapter({
    bodyLimit: edges.bodyBytes,
    connectionTimeout: Math.max(STILL_MS, edges.requestMs),
    requestTimeout: edges.requestMs,
    keepAliveTimeout: edges.keepAliveMs,
    http: {
      maxHeaderSize: edges.headerBytes,
      requestTimeout: edges.requestMs,
      headersTimeout: Math.min(edges.headersMs, edges.requestMs),
      // by default Node checks for slow senders only every 30 s, so that one could stay for a minute
      connectionsCheckingInterval: Math.min(1_000, edges.headersMs),
    },
    trustProxy: edges.trustedProxies.length > 0 && [...edges.trustedProxies],
    // requests that arrive while the server closes are answered: the service ends after its last answer
    return503OnClosing: false,
    routerOptions: { maxParamLength: 500 },
    logger: false,
    frameworkErrors: (error: unknown, _request: unknown, reply: FastifyReply) =>
      sendProblem(reply.headers(SECURITY_HEADERS), problemOf(error)),
    clientErrorHandler: (error: { readonly code?: string }, socket: Socket) =>
      answerClientError(error, socket, (on) => connections.isAnswering(on)),
  });
  const nestOptions: NestApplicationOptions = { bodyParser: false, logger: false, abortOnError: false };
  const app = await NestFactory.create<NestFastifyApplication>(options.module, adapter, nestOptions);
  const endpoints = endpointsOf(options.controllers);
  app.useGlobalFilters(new ProblemFilter(errorHandler(endpoints, options.log)));
  allowOrigins(app, edges.corsOrigins);
  const fastify = adapter.getInstance<FastifyInstance>();
  const { registry } = options.metrics;
  const shed = counter(registry, {
    name: 'http_connections_shed_total',
    help: 'Connections that were closed for new ones, or refused, because HTTP_MAX_CONNECTIONS was reached',
  });
  const connections = new Connections(fastify.server, edges.connections, () => shed.inc());
  fastify.removeContentTypeParser('text/plain');
  readJsonBodies(fastify, endpoints);
  await addEdges(fastify, options);
  httpMetrics(registry, fastify, endpoints);
  options.health.serve(fastify, false);
  serveProblemPages(fastify);
  const document = openApiOf(options, endpoints);
  fastify.get('/openapi.json', { config: { rateLimit: false } }, async () => document);
  await fastify.register(apiReference, { routePrefix: '/docs', configuration: READER });
  return app;
}

async function addEdges(fastify: FastifyInstance, options: PublicPortOptions): Promise<void> {
  addSecurityHeaders(fastify);
  traceRequests(fastify, isAmong(options.edges.trustedProxies));
  identifyCallers(fastify, options.authenticator);
  await limitRates(fastify, options.edges.rates);
  refuseBadCredentials(fastify);
}
