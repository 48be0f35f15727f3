import type { AuthSettings } from '../auth/index.js';
import type { ServiceConfig } from './config.js';
import type { HttpEdges } from './public-port.js';

/** The settings of the authenticator. */
export function authSettingsOf(config: ServiceConfig): AuthSettings {
  return {
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    algorithms: config.JWT_ALGORITHMS,
    jwks: config.JWT_JWKS,
    jwksMaxAgeMs: config.JWT_JWKS_MAX_AGE_MS,
    jwksCooldownMs: config.JWT_JWKS_COOLDOWN_MS,
    rolesClaim: config.JWT_ROLES_CLAIM,
    apiKeys: config.API_KEYS,
    apiKeysFile: config.API_KEYS_FILE,
  };
}

/** The limits of the public port. */
export function edgesOf(config: ServiceConfig): HttpEdges {
  return {
    bodyBytes: config.BODY_LIMIT,
    headerBytes: config.HTTP_MAX_HEADER_BYTES,
    connections: config.HTTP_MAX_CONNECTIONS,
    headersMs: config.HTTP_HEADERS_TIMEOUT_MS,
    requestMs: config.HTTP_REQUEST_TIMEOUT_MS,
    keepAliveMs: config.HTTP_KEEP_ALIVE_MS,
    rates: { perMinute: config.RATE_LIMIT_PER_MINUTE, webhooksPerMinute: config.WEBHOOK_RATE_LIMIT_PER_MINUTE },
    trustedProxies: config.TRUSTED_PROXIES,
    corsOrigins: config.CORS_ORIGINS,
  };
}
