import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseTraceparent } from './traceparent.js';
import { isTracing } from './state.js';
import { tracer } from './tracer.js';

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
  const spans = new WeakMap<FastifyRequest, Span>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    if (!UNTRACED.test(route)) {
      const parent = isTrusted(request.socket.remoteAddress) ? callersTrace(request) : undefined;
      const span = tracer().startSpan(
        `${request.method} ${route}`,
        { kind: SpanKind.SERVER, attributes: { 'http.request.method': request.method, 'http.route': route } },
        parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent),
      );
      spans.set(request, span);
    }
    done();
  });
  // not sooner: a body is read in the context of its connection
  fastify.addHook('preHandler', (request, _reply, done) => {
    const span = spans.get(request);
    if (span === undefined) done();
    else context.with(trace.setSpan(ROOT_CONTEXT, span), done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request);
    span?.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
    done();
  });
}

function callersTrace({ headers }: FastifyRequest): SpanContext | undefined {
  const { traceparent, tracestate = '' } = headers;
  if (typeof traceparent !== 'string' || String(tracestate).length > LONGEST_STATE) return undefined;
  return parseTraceparent(traceparent);
}
