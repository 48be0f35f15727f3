import type { FastifyInstance } from 'fastify';
import type { EndpointDefinition } from './endpoint.js';
import type { RequestWithPrincipal } from './read-request.js';

/**
 * Hands the bytes of a body to the endpoints that ask for them, unread: a signature is over bytes, and whether they are
 * JSON is not to be asked before it is known who sent them. Others get JSON as ever. To be called before routes exist.
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
