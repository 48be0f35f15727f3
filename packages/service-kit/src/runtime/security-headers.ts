import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/**
 * What every answer carries. Most get it from helmet; those that are sent before any hook runs, or without fastify, get
 * it from here. A test holds the two against each other.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  // where nothing is said some caches take their own time: a day, with stock and prices of yesterday
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
};

/** The reader of the API runs its own scripts, and what is typed into it goes to this service and nowhere else. */
const READER_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "frame-ancestors 'none'",
].join(';');

/**
 * Puts them onto every answer. The reader of the API at /docs is a page with scripts, large ones: it alone has a policy
 * that lets them run, and may be kept.
 */
export async function addSecurityHeaders(fastify: FastifyInstance): Promise<void> {
  await fastify.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    if (/^\/docs(?:\/|$)/u.test(request.routeOptions.url ?? ''))
      reply.raw.setHeader('content-security-policy', READER_POLICY);
    else void reply.header('cache-control', 'no-store');
    done();
  });
}
