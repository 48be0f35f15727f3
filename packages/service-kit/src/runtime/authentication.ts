import type { FastifyInstance } from 'fastify';
import type { Authenticator } from '../auth/index.js';
import type { RequestWithPrincipal } from '../http/index.js';

/** Finds out who calls, on every request and before anything of it is read. Bad credentials are refused later. */
export function identifyCallers(fastify: FastifyInstance, authenticator: Authenticator): void {
  fastify.addHook('onRequest', async (request: RequestWithPrincipal) => {
    try {
      request.principal = await authenticator.principalOf(request.headers);
    } catch (error) {
      request.refusal = error;
    }
  });
}

/**
 * Refuses bad credentials before a body is read, and after the rate limit has counted them.
 * @param isGuarded whether the route refuses them; by default every route does
 */
export function refuseBadCredentials(
  fastify: FastifyInstance,
  isGuarded: (route: string) => boolean = () => true,
): void {
  fastify.addHook('preParsing', async (request: RequestWithPrincipal) => {
    if (request.refusal !== undefined && isGuarded(request.routeOptions.url ?? '')) throw request.refusal;
  });
}
