import { expect, test } from '@jest/globals';
import { serviceSettings, type ServiceConfig } from './config.js';
import { authSettingsOf, edgesOf } from './from-config.js';

// each setting's value is its own name: what comes out says where it came from
const config = Object.fromEntries(Object.keys(serviceSettings).map((name) => [name, name])) as unknown as ServiceConfig;

test('F33 the authenticator’s settings are read from the settings of those names', () => {
  expect(authSettingsOf(config)).toEqual({
    issuer: 'JWT_ISSUER',
    audience: 'JWT_AUDIENCE',
    algorithms: 'JWT_ALGORITHMS',
    jwks: 'JWT_JWKS',
    jwksMaxAgeMs: 'JWT_JWKS_MAX_AGE_MS',
    jwksCooldownMs: 'JWT_JWKS_COOLDOWN_MS',
    rolesClaim: 'JWT_ROLES_CLAIM',
    apiKeys: 'API_KEYS',
    apiKeysFile: 'API_KEYS_FILE',
  });
});

test('F36 the limits of the public port are read from the settings of those names', () => {
  expect(edgesOf(config)).toEqual({
    bodyBytes: 'BODY_LIMIT',
    headerBytes: 'HTTP_MAX_HEADER_BYTES',
    connections: 'HTTP_MAX_CONNECTIONS',
    headersMs: 'HTTP_HEADERS_TIMEOUT_MS',
    requestMs: 'HTTP_REQUEST_TIMEOUT_MS',
    keepAliveMs: 'HTTP_KEEP_ALIVE_MS',
    rates: { perMinute: 'RATE_LIMIT_PER_MINUTE', webhooksPerMinute: 'WEBHOOK_RATE_LIMIT_PER_MINUTE' },
    trustedProxies: 'TRUSTED_PROXIES',
    corsOrigins: 'CORS_ORIGINS',
  });
});
