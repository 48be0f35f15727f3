import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { DynamicModule, NestApplicationOptions, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ProblemError, type ProblemKind } from '@outrider/contracts';
import { isTransient } from '@outrider/inbox';
import apiReference from '@scalar/fastify-api-reference';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Counter } from 'prom-client';
import type { Authenticator } from '../auth/index.js';
import { isConflict } from '../database/index.js';
import type { Health } from '../health/index.js';
import { endpointsOf, keepRawBodies, methodsByPath, openApiOf, type RequestWithPrincipal } from '../http/index.js';
import type { Logger } from '../logging/index.js';
import type { Metrics } from '../metrics/index.js';
import { ProblemFilter, problemOf, sendProblem, serveProblemPages } from '../problems/index.js';
import { answerClientError } from './client-errors.js';
import { Connections } from './connections.js';
import { allowOrigins } from './cors.js';
import { limitRates, type RateLimits } from './rate-limits.js';
import { addSecurityHeaders, SECURITY_HEADERS } from './security-headers.js';

export interface HttpOptions {
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

/** What callers may take of a server, and from where. */
export interface HttpEdges {
  readonly bodyBytes: number;
  /** of all headers of a request */
  readonly headerBytes: number;
  readonly connections: number;
  /** how long the headers, and a whole request, may take to arrive */
  readonly headersMs: number;
  readonly requestMs: number;
  /** how long a connection may be idle between requests */
  readonly keepAliveMs: number;
  readonly rates: RateLimits;
  /** addresses and ranges of load balancers whose X-Forwarded-For is believed */
  readonly trustedProxies: readonly string[];
  /** origins whose pages may call from a browser */
  readonly corsOrigins: readonly string[];
}

/** A connection on which nothing moves, in either direction, ends after this, also when its answer is not read. */
const STILL_MS = 30_000;

/** The reader at /docs speaks to this service and to nobody else: no fonts, counters or assistants of its makers. */
const READER = {
  url: '/openapi.json',
  telemetry: false,
  withDefaultFonts: false,
  showDeveloperTools: 'never',
  hideClientButton: true,
  agent: { disabled: true },
  mcp: { disabled: true },
} as const;

/** What a request of a method that its path does not have may come to: its body is looked at before its route is. */
const UNROUTED: ReadonlySet<ProblemKind> = new Set([
  'not-found',
  'malformed',
  'unsupported-media-type',
  'payload-too-large',
]);

/** The Nest application behind its edges: limits, who is calling, problems, documentation. Not listening yet. */
export async function createHttpApplication(options: HttpOptions): Promise<NestFastifyApplication> {
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
      // Node looks for slow senders only every 30 s by itself, so that they would hold on for a minute
      connectionsCheckingInterval: Math.min(1_000, edges.headersMs),
    },
    trustProxy: edges.trustedProxies.length > 0 && [...edges.trustedProxies],
    // what arrives while the server closes is answered as ever: the service ends only after its last answer
    return503OnClosing: false,
    routerOptions: { maxParamLength: 500 },
    genReqId: () => randomUUID(),
    logger: false,
    frameworkErrors: (error: unknown, _request: unknown, reply: FastifyReply) =>
      sendProblem(reply.headers(SECURITY_HEADERS), problemOf(error)),
    clientErrorHandler: (error: { readonly code?: string }, socket: Socket) =>
      answerClientError(error, socket, (on) => connections.isAnswering(on)),
  });
  const nestOptions: NestApplicationOptions = { bodyParser: false, logger: false, abortOnError: false };
  const app = await NestFactory.create<NestFastifyApplication>(options.module, adapter, nestOptions);
  const endpoints = endpointsOf(options.controllers);
  const methodsOf = methodsByPath(endpoints);
  const onUnexpected = (error: unknown, request: { method: string; route: string }): void =>
    options.log.error({ err: error, ...request }, 'a request failed');
  app.useGlobalFilters(
    new ProblemFilter(onUnexpected, (error, request) => {
      const problem = problemOfRequest(error, request.method);
      const methods = UNROUTED.has(problem.kind) ? methodsOf(request.url.split('?', 1)[0] ?? '') : [];
      if (methods.length === 0 || methods.includes(request.method)) return problem;
      return new ProblemError('method-not-allowed', undefined, {}, { allow: methods.join(', ') });
    }),
  );
  allowOrigins(app, edges.corsOrigins);
  const fastify = adapter.getInstance<FastifyInstance>();
  const shed = new Counter({
    name: 'http_connections_shed_total',
    help: 'Connections that were closed to make room for others, or refused for want of it',
    registers: [options.metrics.registry],
  });
  const connections = new Connections(fastify.server, edges.connections, () => shed.inc());
  fastify.removeContentTypeParser('text/plain');
  keepRawBodies(fastify, endpoints);
  await addEdges(fastify, options);
  options.health.serve(fastify, false);
  serveProblemPages(fastify);
  const document = openApiOf(options, endpoints);
  fastify.get('/openapi.json', { config: { rateLimit: false } }, async () => document);
  await fastify.register(apiReference, { routePrefix: '/docs', configuration: READER });
  return app;
}

/** As serviceProblemOf; a reader has changed nothing that could conflict: what it wanted was locked or being altered. */
function problemOfRequest(error: unknown, method: string): ProblemError {
  const problem = serviceProblemOf(error);
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead && problem.kind === 'version-conflict' ? away() : problem;
}

function away(): ProblemError {
  return new ProblemError('unavailable', undefined, {}, { 'retry-after': '1' });
}

/** Which problem an error of a service is to a caller. */
export function serviceProblemOf(error: unknown): ProblemError {
  return (isOfReading(error) ? undefined : databaseProblemOf(error)) ?? problemOf(error);
}

/** The request did not arrive whole: its sender went away, which by its code looks like a database that did. */
function isOfReading(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'statusCode' in error && error.statusCode === 400;
}

/** The database's troubles that a caller may hear of: away, or two at once at the same thing to the end. */
function databaseProblemOf(error: unknown): ProblemError | undefined {
  if (isConflict(error)) return new ProblemError('version-conflict');
  if (isTransient(error)) return away();
  return undefined;
}

async function addEdges(fastify: FastifyInstance, options: HttpOptions): Promise<void> {
  await addSecurityHeaders(fastify);
  fastify.addHook('onRequest', async (request: RequestWithPrincipal) => {
    try {
      request.principal = await options.authenticator.principalOf(request.headers);
    } catch (error) {
      request.refusal = error;
    }
  });
  await limitRates(fastify, options.edges.rates);
  // bad credentials are refused only here, after the rate limit has counted them
  fastify.addHook('preParsing', async (request: RequestWithPrincipal) => {
    if (request.refusal !== undefined) throw request.refusal;
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    options.metrics.httpDuration.observe(
      { route: request.routeOptions.url ?? 'unknown', method: request.method, status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
    done();
  });
}
