import { z } from 'zod';
import { apiKeysSchema } from '../auth/index.js';
import { brokers, logLevel, port, postgresUrl, topicPrefix } from '../config/index.js';

/** The settings that every service has, by the names of their environment variables. */
export const serviceSettings = {
  DATABASE_URL: postgresUrl,
  /** connections a process holds at the most */
  DATABASE_POOL: z.coerce.number().int().min(2).max(200).default(10),
  KAFKA_BROKERS: brokers,
  KAFKA_TOPIC_PREFIX: topicPrefix,
  HOST: z.string().default('0.0.0.0'),
  PORT: port,
  ADMIN_PORT: port,
  /** several processes on one machine may listen on PORT and share its connections */
  REUSE_PORT: z.stringbool().default(false),
  JWT_ISSUER: z.string().min(1),
  JWT_AUDIENCE: z.string().min(1),
  /** where the keys are that tokens are signed with: a URL or a file */
  JWT_JWKS: z.string().min(1),
  JWT_ROLES_CLAIM: z.string().min(1).default('roles'),
  API_KEYS: apiKeysSchema,
  /** bytes */
  BODY_LIMIT: z.coerce.number().int().min(1024).max(10_485_760).default(262_144),
  RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(1).default(1200),
  LOG_LEVEL: logLevel,
  /** goes out with every event and into each saga: which version did it */
  APP_VERSION: z
    .string()
    .regex(/^[\w.+-]{1,100}$/u, 'must be letters, digits, . + - _')
    .default('0.1.0'),
} as const;

const baseConfig = z.object(serviceSettings);
export type ServiceConfig = z.infer<typeof baseConfig>;
