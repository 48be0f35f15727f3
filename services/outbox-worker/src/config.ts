import { outboxRetentionFault } from '@outrider/contracts';
import {
  appVersion,
  connectionMaxAge,
  kafkaClient,
  logLevel,
  port,
  readConfig,
  topicPrefix,
} from '@outrider/service-kit/config';
import {
  databasesFolder,
  kafkaSettings,
  postgresAt,
  postgresUrlFault,
  type NamedDatabase,
} from '@outrider/connections';
import type { RelaySettings } from '@outrider/outbox';
import { z } from 'zod';

/** `name=url` pairs, separated by commas or newlines. A problem names the pair and never shows its URL: it holds a password. */
const databaseUrls = z.string().transform((text, context): NamedDatabase[] => {
  const found: NamedDatabase[] = [];
  const refuse = (message: string): void => context.addIssue({ code: 'custom', message });
  const pairs = text
    .split(/[,\n]/u)
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '');
  for (const [index, pair] of pairs.entries()) {
    const [, name, url] = /^([a-z0-9][a-z0-9_-]*)=(.+)$/u.exec(pair) ?? [];
    const fault = url === undefined ? undefined : postgresUrlFault(url);
    if (name === undefined || url === undefined) refuse(`pair ${index + 1} must be name=postgres://…`);
    else if (fault !== undefined) refuse(`the URL of ${name} ${fault}`);
    else if (found.some((other) => other.name === name)) refuse(`${name} is given twice`);
    else found.push({ name, server: postgresAt(url) });
  }
  if (pairs.length === 0) refuse('must name at least one database');
  return found;
});

/** The worker's settings, by the names of their environment variables. */
const given = z.object({
  DATABASE_URLS: databaseUrls.optional(),
  /** instead of DATABASE_URLS: a folder of folders, with the files that database operators write into their secrets */
  DATABASES_DIR: databasesFolder.optional(),
  /**
   * the URLs lead through a transaction pooler, where LISTEN is of no use, and which must keep prepared statements:
   * PgBouncer does from 1.21 on
   */
  DATABASE_POOLED: z.stringbool().default(false),
  CONNECTION_MAX_AGE_MS: connectionMaxAge,
  KAFKA: kafkaSettings,
  KAFKA_CLIENT: kafkaClient,
  KAFKA_TOPIC_PREFIX: topicPrefix,
  HOST: z.string().default('0.0.0.0'),
  ADMIN_PORT: port,
  /** after this time, in milliseconds, the shards of a dead worker are claimed by others */
  LEASE_MS: z.coerce.number('must be a number of milliseconds').int().min(500).max(600_000).default(10_000),
  /** pages are read from the floor of their shard: cheap while something holds back the oldest snapshot */
  SAFE_FLOOR: z.stringbool('must be true or false').default(false),
  /** how long events are kept after they were written, and can be replayed */
  RETENTION_DAYS: z.coerce
    .number('must be a number of days')
    .int()
    .min(2)
    .superRefine((days, context) => {
      const fault = outboxRetentionFault(days);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    })
    .default(7),
  LOG_LEVEL: logLevel,
  APP_VERSION: appVersion,
});

const settings = given
  .superRefine(
    (config, context) => {
      const refuse = (message: string): void =>
        context.addIssue({ code: 'custom', path: ['DATABASE_URLS', ''], message });
      if (config.DATABASE_URLS !== undefined && config.DATABASES_DIR !== undefined) {
        refuse('is given beside DATABASES_DIR: give one of them');
      } else if (config.DATABASE_URLS === undefined && config.DATABASES_DIR === undefined) {
        refuse('is missing: give it, or DATABASES_DIR');
      }
    },
    // also beside other faults, so that every wrong key is named at once
    { when: ({ issues }) => !issues.some(({ path }) => /^DATABASES?_(?:URLS|DIR)$/u.test(String(path?.[0]))) },
  )
  .transform((config) => ({ ...config, databases: config.DATABASE_URLS ?? config.DATABASES_DIR ?? [] }));
export type WorkerConfig = z.infer<typeof settings>;

/** @throws ConfigError naming every key that is missing or wrong */
export function readWorkerConfig(env: NodeJS.ProcessEnv): WorkerConfig {
  return readConfig(settings, env);
}

/** The settings of each database's relay. */
export function relaySettings(
  config: WorkerConfig,
): Pick<RelaySettings, 'leaseMs' | 'safeFloor' | 'connectionMaxAgeMs'> {
  return {
    leaseMs: config.LEASE_MS,
    safeFloor: config.SAFE_FLOOR,
    connectionMaxAgeMs: config.CONNECTION_MAX_AGE_MS,
  };
}
