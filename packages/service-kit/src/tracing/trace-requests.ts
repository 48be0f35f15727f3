import { context, SpanKind, type SpanContext } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { begin, type Begun } from './begin.js';
import { isTracing } from './state.js';
import { contextBelow, parseTraceparent } from './traceparent.js';

/** As W3C Trace Context has it: a platform must pass on at least so many characters. */
const LONGEST_STATE = 512;
/** Probes and the documentation: nobody looks for their traces. */
const UNTRACED = /^\/(?:livez|readyz|openapi\.json|docs(?:\/.*)?)$/;

/**
 * A span for each request, and the handler runs in it. A caller's own trace is continued where the connection comes from
 * a trusted proxy, and where it is well formed; else a new one begins. Nothing of it is answered or stored.
 */
export function traceRequests(fastify: FastifyInstance, isTrusted: (address: string | undefined) => boolean): void {
  if (!isTracing()) return;
  const requests = new WeakMap<FastifyRequest, Begun>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { method, routeOptions } = request;
    const route = routeOptions.url ?? 'unknown';
    if (!UNTRACED.test(route)) {
      const parent = isTrusted(request.socket.remoteAddress) ? callersTrace(request) : undefined;
      const begun = begin(parent, () => ({
        name: `${method} ${route}`,
        kind: SpanKind.SERVER,
        attributes: { 'http.request.method': method, 'http.route': route },
      }));
      requests.set(request, begun);
    }
    done();
  });
  // not sooner: a body is read in the context of its connection
  fastify.addHook('preHandler', (request, _reply, done) => {
    const begun = requests.get(request);
    if (begun === undefined) done();
    else context.with(contextBelow(begun.position), done);
  });
  fastify.addHook('onResponse', (request, { statusCode }, done) => {
    const begun = requests.get(request);
    const said = { 'http.response.status_code': statusCode };
    if (statusCode >= 500) begun?.fail(said);
    else begun?.end(said);
    done();
  });
}

function callersTrace({ headers }: FastifyRequest): SpanContext | undefined {
  const { traceparent, tracestate = '' } = headers;
  if (typeof traceparent !== 'string' || String(tracestate).length > LONGEST_STATE) return undefined;
  return parseTraceparent(traceparent);
}
