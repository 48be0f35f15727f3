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
  CredentialError,
  databasesFolder,
  fileCredential,
  kafkaSettings,
  parsePostgresUrl,
  postgresAt,
  postgresServer,
  postgresUrlFault,
  readText,
  type Credential,
  type NamedDatabase,
  type PostgresAddress,
} from '@outrider/connections';
import type { RelaySettings } from '@outrider/outbox';
import { z } from 'zod';

/** `name=url` pairs, separated by commas or newlines. A problem names the pair and never shows its URL: it holds a password. */
function urlsOf(text: string, refuse: (message: string) => void): Map<string, string> {
  const found = new Map<string, string>();
  const pairs = text
    .split(/[,\n]/u)
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '');
  for (const [index, pair] of pairs.entries()) {
    const [, name, url] = /^([a-z0-9][a-z0-9_-]*)=(.+)$/u.exec(pair) ?? [];
    const fault = url === undefined ? undefined : postgresUrlFault(url);
    if (name === undefined || url === undefined) refuse(`pair ${index + 1} must be name=postgres://…`);
    else if (fault !== undefined) refuse(`the URL of ${name} ${fault}`);
    else if (found.has(name)) refuse(`${name} is given twice`);
    else found.set(name, url);
  }
  if (pairs.length === 0) refuse('must name at least one database');
  return found;
}

const databaseUrls = z.string().transform((text, context): NamedDatabase[] => {
  const urls = urlsOf(text, (message) => context.addIssue({ code: 'custom', message }));
  return [...urls].map(([name, url]) => ({ name, server: postgresAt(url) }));
});

/** The same in a file, which is read at each new connection; which databases there are is read at the start alone. */
const databaseUrlsFile = z.string().transform((file, context): NamedDatabase[] => {
  try {
    const names = [...checkedUrls(file, readText(file)).keys()];
    return names.map((name) => ({ name, server: postgresServer(addressIn(file, name)) }));
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
    return z.NEVER;
  }
});

function addressIn(file: string, name: string): Credential<PostgresAddress> {
  return fileCredential([file], (read) => {
    const url = checkedUrls(file, read(file)).get(name);
    if (url === undefined) throw new CredentialError(`has no URL of ${name} any more: ${file}`, file);
    return parsePostgresUrl(url);
  });
}

/** @throws CredentialError */
function checkedUrls(file: string, text: string): Map<string, string> {
  const faults: string[] = [];
  const urls = urlsOf(text, (fault) => faults.push(fault));
  if (faults.length > 0) throw new CredentialError(`${faults.join('; ')}: ${file}`, file);
  return urls;
}

/** The worker's settings, by the names of their environment variables. */
const given = z.object({
  DATABASE_URLS: databaseUrls.optional(),
  DATABASE_URLS_FILE: databaseUrlsFile.optional(),
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
      const { DATABASE_URLS: urls, DATABASE_URLS_FILE: file, DATABASES_DIR: folder } = config;
      if (urls !== undefined && file !== undefined) refuse('is given twice: by value and as …_FILE');
      else if (folder !== undefined && (urls ?? file) !== undefined) {
        refuse('is given beside DATABASES_DIR: give one of them');
      } else if ((urls ?? file ?? folder) === undefined) refuse('is missing: give it, or DATABASES_DIR');
    },
    // also beside other faults, so that every wrong key is named at once
    {
      when: ({ issues }) => !issues.some(({ path }) => /^DATABASES?_(?:URLS|URLS_FILE|DIR)$/u.test(String(path?.[0]))),
    },
  )
  .transform((config) => ({
    ...config,
    databases: config.DATABASE_URLS ?? config.DATABASE_URLS_FILE ?? config.DATABASES_DIR ?? [],
  }));
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
