import type { FastifyInstance } from 'fastify';
import type { EndpointDefinition } from './endpoint.js';
import type { RequestWithPrincipal } from './read-request.js';

/**
 * Hands the unparsed bytes of a body to the endpoints that ask for them: a signature is over bytes, which are not to be
 * parsed before the sender is known. Other endpoints get parsed JSON. To be called before routes are added.
 */
export function keepRawBodies(fastify: FastifyInstance, endpoints: readonly EndpointDefinition[]): void {
  const raw = new Set(
    endpoints.filter(({ rawBody }) => rawBody === true).map(({ method, path }) => `${method} ${path}`),
  );
  if (raw.size === 0) return;
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeContentTypeParser('application/json');
  fastify.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (!raw.has(`${request.method} ${request.routeOptions.url ?? ''}`)) {
      void parseJson(request, body.toString('utf8'), done);
      return;
    }
    (request as RequestWithPrincipal).rawBodyBytes = body;
    done(null, undefined);
  });
}
