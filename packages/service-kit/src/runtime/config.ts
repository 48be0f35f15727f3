import { z } from 'zod';
import { algorithmsSchema, apiKeysFileSetting, apiKeysSetting, jwksSetting } from '../auth/index.js';
import {
  appVersion,
  connectionMaxAge,
  kafkaClient,
  logLevel,
  milliseconds,
  port,
  topicPrefix,
} from '../config/index.js';
import { kafkaSettings, postgresSettings } from '@outrider/connections';
import { corsOrigins } from './cors.js';
import { trustedProxies } from './trusted-proxies.js';

/** The settings that every service has, by the names of their environment variables. */
export const serviceSettings = {
  DATABASE: postgresSettings,
  /** most connections of a process */
  DATABASE_POOL: z.coerce.number().int().min(2).max(200).default(10),
  /** DATABASE leads through a transaction pooler, which must keep prepared statements: PgBouncer does from 1.21 on */
  DATABASE_POOLED: z.stringbool().default(false),
  CONNECTION_MAX_AGE_MS: connectionMaxAge,
  KAFKA: kafkaSettings,
  KAFKA_CLIENT: kafkaClient,
  KAFKA_TOPIC_PREFIX: topicPrefix,
  HOST: z.string().default('0.0.0.0'),
  PORT: port,
  ADMIN_PORT: port,
  /** several processes on one machine may listen on PORT and share its connections */
  REUSE_PORT: z.stringbool().default(false),
  JWT_ISSUER: z.string().min(1),
  JWT_AUDIENCE: z.string().min(1),
  JWT_ALGORITHMS: algorithmsSchema,
  /** the public keys that tokens are verified with: a URL or a file */
  JWT_JWKS: jwksSetting,
  /** how long a key that the issuer's URL no longer lists is still accepted */
  JWT_JWKS_MAX_AGE_MS: milliseconds.default(300_000),
  /** the least time between two requests to the issuer */
  JWT_JWKS_COOLDOWN_MS: milliseconds.default(5_000),
  /** a claim's name, or the path to it: realm_access.roles */
  JWT_ROLES_CLAIM: z.string().min(1).default('roles'),
  API_KEYS: apiKeysSetting,
  /** a file with more API keys, as scripts/api-key writes it; read again when it changes */
  API_KEYS_FILE: apiKeysFileSetting.optional(),
  /** bytes */
  BODY_LIMIT: z.coerce.number().int().min(1024).max(10_485_760).default(262_144),
  /** requests a minute of one caller to one process */
  RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(1).default(1200),
  /** the same for webhooks, of one address: more than a provider sends after an outage */
  WEBHOOK_RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(1).default(60_000),
  TRUSTED_PROXIES: trustedProxies,
  CORS_ORIGINS: corsOrigins,
  HTTP_MAX_CONNECTIONS: z.coerce.number().int().min(10).max(1_000_000).default(10_000),
  /** bytes of the first line and all headers; at least what the load balancer lets through */
  HTTP_MAX_HEADER_BYTES: z.coerce.number().int().min(1024).max(262_144).default(65_536),
  /** how long the headers of a request may take to arrive, and the whole of it */
  HTTP_HEADERS_TIMEOUT_MS: milliseconds.default(10_000),
  HTTP_REQUEST_TIMEOUT_MS: milliseconds.default(30_000),
  /** how long a connection may be idle between requests; longer than the load balancer keeps it */
  HTTP_KEEP_ALIVE_MS: milliseconds.default(72_000),
  /** how long a process that was told to end still serves, so that callers leave their connections; 0: not at all */
  HTTP_LINGER_MS: z.coerce.number().int().min(0).max(20_000).default(5_000),
  LOG_LEVEL: logLevel,
  APP_VERSION: appVersion,
} as const;

const baseConfig = z.object(serviceSettings);
export type ServiceConfig = z.infer<typeof baseConfig>;
