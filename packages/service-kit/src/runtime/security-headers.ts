import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/**
 * The security headers of every answer. Most get them from helmet; those that are sent before any hook runs, or without
 * fastify, from here. A test compares the two.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  // without it some caches choose a time of their own: a day, with stock and prices of yesterday
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

/** The policy of the API reader: it runs its own scripts, and contacts this service only. */
const READER_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "frame-ancestors 'none'",
].join(';');

/**
 * Adds them to every answer. The API reader at /docs is a page with large scripts: it alone has a policy that lets them run,
 * and may be cached.
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
