import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { DynamicModule, NestApplicationOptions, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ProblemError, type ProblemKind } from '@outrider/contracts';
import { isTransient } from '@outrider/inbox';
import apiReference from '@scalar/fastify-api-reference';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Authenticator } from '../auth/index.js';
import { isConflict } from '../database/index.js';
import type { Health } from '../health/index.js';
import {
  endpointsOf,
  keepRawBodies,
  methodsByPath,
  openApiOf,
  principalName,
  type RequestWithPrincipal,
} from '../http/index.js';
import type { Logger } from '../logging/index.js';
import type { Metrics } from '../metrics/index.js';
import { ProblemFilter, problemOf, sendProblem } from '../problems/index.js';

export interface HttpOptions {
  readonly title: string;
  readonly version: string;
  readonly module: DynamicModule | Type;
  readonly controllers: readonly Type[];
  readonly authenticator: Authenticator;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** bytes */
  readonly bodyLimit: number;
  /** requests a minute, for each caller */
  readonly rateLimitPerMinute: number;
}

/** What a request of a method that its path does not have may come to: its body is looked at before its route is. */
const UNROUTED: ReadonlySet<ProblemKind> = new Set([
  'not-found',
  'malformed',
  'unsupported-media-type',
  'payload-too-large',
]);

/** The Nest application behind its edges: limits, who is calling, problems, documentation. Not listening yet. */
export async function createHttpApplication(options: HttpOptions): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: options.bodyLimit,
    // slow senders may not hold a connection for ever
    connectionTimeout: 30_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: 500 },
    genReqId: () => randomUUID(),
    logger: false,
    frameworkErrors: (error: unknown, _request: unknown, reply: FastifyReply) => sendProblem(reply, problemOf(error)),
  });
  const nestOptions: NestApplicationOptions = { bodyParser: false, logger: false, abortOnError: false };
  const app = await NestFactory.create<NestFastifyApplication>(options.module, adapter, nestOptions);
  const endpoints = endpointsOf(options.controllers);
  const methodsOf = methodsByPath(endpoints);
  const onUnexpected = (error: unknown, request: { method: string; route: string }): void =>
    options.log.error({ err: error, ...request }, 'a request failed');
  app.useGlobalFilters(
    new ProblemFilter(onUnexpected, (error, request) => {
      const problem = serviceProblemOf(error);
      const methods = UNROUTED.has(problem.kind) ? methodsOf(request.url.split('?', 1)[0] ?? '') : [];
      if (methods.length === 0 || methods.includes(request.method)) return problem;
      return new ProblemError('method-not-allowed', undefined, {}, { allow: methods.join(', ') });
    }),
  );
  const fastify = adapter.getInstance<FastifyInstance>();
  fastify.removeContentTypeParser('text/plain');
  keepRawBodies(fastify, endpoints);
  await addEdges(fastify, options);
  options.health.serve(fastify, false);
  const document = openApiOf(options, endpoints);
  fastify.get('/openapi.json', { config: { rateLimit: false } }, async () => document);
  await fastify.register(apiReference, { routePrefix: '/docs', configuration: { url: '/openapi.json' } });
  return app;
}

/** Which problem an error of a service is to a caller. */
export function serviceProblemOf(error: unknown): ProblemError {
  return databaseProblemOf(error) ?? problemOf(error);
}

/** The database's troubles that a caller may hear of: away, or two at once at the same thing to the end. */
function databaseProblemOf(error: unknown): ProblemError | undefined {
  if (isConflict(error)) return new ProblemError('version-conflict');
  if (isTransient(error)) return new ProblemError('unavailable', undefined, {}, { 'retry-after': '1' });
  return undefined;
}

async function addEdges(fastify: FastifyInstance, options: HttpOptions): Promise<void> {
  await fastify.register(helmet, { contentSecurityPolicy: false });
  fastify.addHook('onRequest', async (request: RequestWithPrincipal) => {
    try {
      request.principal = await options.authenticator.principalOf(request.headers);
    } catch (error) {
      request.refusal = error;
    }
  });
  await fastify.register(rateLimit, {
    max: options.rateLimitPerMinute,
    timeWindow: 60_000,
    keyGenerator: (request: RequestWithPrincipal) =>
      request.principal === undefined || request.principal.kind === 'nobody'
        ? `ip:${request.ip}`
        : principalName(request.principal),
    errorResponseBuilder: () => new ProblemError('too-many-requests'),
  });
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
