import type { FastifyInstance } from 'fastify';

/**
 * The security headers of every answer: those of helmet, as a test compares, but written at once with the answer. Helmet sets each
 * by itself before the answer's own, which then take Node's slow way as well: a twentieth of a product's read.
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

const { 'cache-control': _, ...CACHED } = SECURITY_HEADERS;
const READER_HEADERS = { ...CACHED, 'content-security-policy': READER_POLICY };

/**
 * Adds them to every answer. The API reader at /docs is a page with large scripts: it alone has a policy that lets them run,
 * and may be cached.
 */
export function addSecurityHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.headers(/^\/docs(?:\/|$)/u.test(request.routeOptions.url ?? '') ? READER_HEADERS : SECURITY_HEADERS);
    done();
  });
}
