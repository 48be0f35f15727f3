import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { EndpointDefinition, RequestWithPrincipal } from '../http/index.js';
import { histogram } from '../metrics/index.js';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/**
 * Measures the requests of the public port. Every endpoint is there from the start, with its success and with 500: the
 * first failure of a process counts too. What callers make up adds nothing: paths that lead nowhere share one route, and
 * unusual methods one method.
 */
export function httpMetrics(
  registry: Registry,
  fastify: FastifyInstance,
  endpoints: readonly EndpointDefinition[],
): void {
  const duration = histogram(registry, {
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the end of its answer, without what its caller asked to wait',
    labels: { route: [], method: [], status: [] },
  });
  for (const { path: route, method, responses } of endpoints) {
    for (const status of [...Object.keys(responses), '500']) duration.zero({ route, method, status });
  }
  fastify.addHook('onResponse', (request: RequestWithPrincipal, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const method = METHODS.has(request.method) ? request.method : 'other';
    duration.observe(
      { route, method, status: String(reply.statusCode) },
      (reply.elapsedTime - (request.waitedMs ?? 0)) / 1000,
    );
    done();
  });
}
