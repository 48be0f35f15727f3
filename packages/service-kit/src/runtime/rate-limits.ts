import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import { ProblemError } from '@outrider/contracts';
import type { FastifyInstance } from 'fastify';
import { principalName, type RequestWithPrincipal } from '../http/index.js';

const WINDOW_MS = 60_000;
/** Callers that are counted at a time; those not seen for longest are dropped first. */
const CALLERS = 50_000;

export interface RateLimits {
  /** requests a minute of one caller */
  readonly perMinute: number;
  /** the same on /webhooks/, of one address */
  readonly webhooksPerMinute: number;
}

/**
 * Counts requests by caller, or by address for unknown callers, also those to unknown paths, and refuses those above the
 * limit. Webhooks have a limit of their own: their senders are known by signature only, share a few addresses, and send
 * bursts after an outage that must not be lost. Routes with `config.rateLimit` false (health) are not counted. To be called
 * after identifyCallers.
 */
export async function limitRates(fastify: FastifyInstance, limits: RateLimits): Promise<void> {
  await fastify.register(rateLimit, { global: false });
  const limiter = (max: number) => {
    // `cache` is read, though the types do not know it here
    const options = { max, timeWindow: WINDOW_MS, cache: CALLERS, keyGenerator: callerOf };
    return fastify.createRateLimit(options);
  };
  const everyone = limiter(limits.perMinute);
  const webhooks = limiter(limits.webhooksPerMinute);

  fastify.addHook('onRequest', async (request, reply) => {
    const { config, url = '' } = request.routeOptions;
    if (config.rateLimit === false) return;
    const used = await (url.startsWith('/webhooks/') ? webhooks : everyone)(request);
    if (used.isAllowed) return;
    void reply.headers({
      'x-ratelimit-limit': used.max,
      'x-ratelimit-remaining': used.remaining,
      'x-ratelimit-reset': used.ttlInSeconds,
    });
    if (used.isExceeded) {
      throw new ProblemError('too-many-requests', undefined, {}, { 'retry-after': String(used.ttlInSeconds) });
    }
  });
}

function callerOf(request: RequestWithPrincipal): string {
  const { principal } = request;
  // one household or server often has a whole /64 network
  return principal === undefined || principal.kind === 'nobody'
    ? `ip:${normalizeIP(request.ip, 64)}`
    : principalName(principal);
}
