import { join } from 'node:path';
import type { Identity } from '@outrider/testkit/identity';
import { accessSettings, type DatabaseRole } from './access-files.js';
import type { Shop, ShopProvider } from '../shop/read-shop.js';
import { HOST, publicUrl, RECONCILER, WORKER, type Layout, type Service } from './layout.js';

/** Where the servers are, and what this run's things on them are called. */
export interface Backing {
  /** a folder of folders for each role, with what it gets into each database by */
  readonly databases: Readonly<Record<DatabaseRole, string>>;
  /** of the databases, for the role that migrated them */
  readonly ownerUrls: Readonly<Record<Service, string>>;
  /** undefined: one role does everything */
  readonly roles: RoleNames | undefined;
  readonly brokers: readonly string[];
  /** for who logs in by certificate */
  readonly certificateBrokers: readonly string[];
  /** a folder for each user of Kafka, with what it logs in by; undefined: in plain text, without a login */
  readonly kafkaAccess: string | undefined;
  readonly topicPrefix: string;
  /** of the databases of a shop's own processes, by process */
  readonly shopUrls: Readonly<Record<string, string>>;
  readonly redisUrl: string;
  /** the folder with what Redis is reached by, beside its URL */
  readonly redisAccess: string | undefined;
  readonly redisPrefix: string;
}

/** What the roles of a run are called. */
export interface RoleNames {
  readonly owner: string;
  readonly app: Readonly<Record<Service, string>>;
  readonly relay: string;
  readonly reader: string;
}

/** The ways to pay that the simulator understands: its own, and Stripe's. A shop may have providers of its own. */
export const DIALECTS = ['simulator', 'stripe'] as const;

/** What a process needs beside the servers. */
export interface Surroundings {
  readonly backing: Backing;
  readonly layout: Layout;
  readonly identity: Pick<Identity, 'issuer' | 'audience' | 'jwksFile'>;
  /** the API keys that scripts/api-key makes for this run */
  readonly apiKeysFile: string;
  /** the value of PAYMENT_PROVIDER: which way the payment service speaks to the simulator, or a provider of the shop's */
  readonly provider: string;
  /** whose programs run instead of the core's, where it has some */
  readonly shop: Shop | undefined;
  readonly simulatorUrl: string;
  readonly webhookFiles: WebhookFiles;
}

/** Files with what the payment provider signs its webhooks with; each run has its own. */
export interface WebhookFiles {
  /** of the provider */
  readonly signing: string;
  /** of the payment service: one secret, or two while it is exchanged */
  readonly accepted: string;
}

/** One caller places every order of a file here, so the limit that protects a shop would only slow the run down. */
const RATE_LIMIT_PER_MINUTE = 1_000_000;

/** The person's own environment, for settings beyond ours; without options meant for the Node that runs this. */
function inherited(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _ours, ...rest } = env;
  return rest;
}

/** How a user reaches Kafka: the worker by certificate where there are any, the others with a password. */
function kafkaEnvironment(
  { brokers, certificateBrokers, kafkaAccess, topicPrefix }: Backing,
  user: Service | 'migrate' | typeof WORKER,
): NodeJS.ProcessEnv {
  const settings = { KAFKA_BROKERS: brokers.join(','), KAFKA_TOPIC_PREFIX: topicPrefix };
  if (kafkaAccess === undefined) return settings;
  const secure = { ...settings, KAFKA_TLS: 'true', ...accessSettings('KAFKA', join(kafkaAccess, user)) };
  return user === WORKER
    ? { ...secure, KAFKA_BROKERS: certificateBrokers.join(',') }
    : { ...secure, KAFKA_SASL_MECHANISM: 'scram-sha-512', KAFKA_USERNAME: user };
}

function redisEnvironment({ redisUrl, redisAccess, redisPrefix }: Backing): NodeJS.ProcessEnv {
  if (redisAccess === undefined) return { REDIS_URL: redisUrl, REDIS_PREFIX: redisPrefix };
  const url = new URL(redisUrl);
  url.password = '';
  return { REDIS_URL: url.href, REDIS_PREFIX: redisPrefix, ...accessSettings('REDIS', redisAccess) };
}

/** The environment of a service's process. */
export function serviceEnvironment(
  service: Service,
  replica: number,
  surroundings: Surroundings,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const { backing, layout, identity, apiKeysFile } = surroundings;
  return {
    ...inherited(env),
    ...accessSettings('DATABASE', join(backing.databases.app, service)),
    ...kafkaEnvironment(backing, service),
    HOST,
    PORT: String(layout.public[service]),
    ADMIN_PORT: String(layout.admin[service][replica]),
    // alone, a process refuses a port that another installation shares out
    REUSE_PORT: String(layout.replicas > 1),
    JWT_ISSUER: identity.issuer,
    JWT_AUDIENCE: identity.audience,
    JWT_JWKS: identity.jwksFile,
    JWT_ROLES_CLAIM: 'roles',
    API_KEYS: '[]',
    API_KEYS_FILE: apiKeysFile,
    RATE_LIMIT_PER_MINUTE: String(RATE_LIMIT_PER_MINUTE),
    // who calls a local run ends with it
    HTTP_LINGER_MS: '0',
    // product and order hold amounts against the provider's rule
    PAYMENT_PROVIDER: surroundings.provider,
    ...(service === 'payment' && providerEnvironment(surroundings, env)),
    ...(service === 'product' && redisEnvironment(backing)),
  };
}

/** The environment of a service's `migrate`. */
export function migrateEnvironment(
  service: Service,
  { backing }: Pick<Surroundings, 'backing'>,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const { roles } = backing;
  return {
    ...inherited(env),
    ...accessSettings('DATABASE', join(backing.databases.owner, service)),
    ...kafkaEnvironment(backing, 'migrate'),
    ...(roles && { APP_ROLE: roles.app[service], RELAY_ROLE: roles.relay, READER_ROLE: roles.reader }),
  };
}

function providerEnvironment(
  { provider, shop, simulatorUrl, webhookFiles, layout }: Surroundings,
  env: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const own = shop?.providers[provider];
  if (own !== undefined) return settingsOf(own, simulatorUrl, env);
  switch (provider) {
    case 'simulator':
      return { SIMULATOR_URL: simulatorUrl, SIMULATOR_WEBHOOK_SECRET_FILE: webhookFiles.accepted };
    case 'stripe':
      return {
        STRIPE_API_BASE: simulatorUrl,
        // any test key will do for the simulator
        STRIPE_SECRET_KEY: 'sk_test_simulator',
        STRIPE_WEBHOOK_SECRET_FILE: webhookFiles.accepted,
        STRIPE_RETURN_URL: publicUrl(layout.public.order),
      };
    default:
      throw new TypeError(`nothing is known of the payment provider ${provider}`);
  }
}

/** A shop's settings of its provider, for the payment service and the stand-in; those that the environment has stay as they are there. */
export function settingsOf({ settings }: ShopProvider, standInUrl: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(settings)
      .filter(([name]) => env[name] === undefined && env[`${name}_FILE`] === undefined)
      .map(([name, value]) => [name, value.replaceAll('{standIn}', standInUrl)]),
  );
}

/** The environment of a worker's process. */
export function workerEnvironment(
  replica: number,
  { backing, layout }: Surroundings,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  return {
    ...inherited(env),
    DATABASES_DIR: backing.databases.relay,
    ...kafkaEnvironment(backing, WORKER),
    HOST,
    ADMIN_PORT: String(layout.admin[WORKER][replica]),
  };
}

/** The environment of a shop's own process: a database of its own, Kafka, and nothing that listens. */
export function shopProcessEnvironment(
  databaseUrl: string,
  { backing: { brokers, topicPrefix } }: Surroundings,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  return {
    ...inherited(env),
    DATABASE_URL: databaseUrl,
    KAFKA_BROKERS: brokers.join(','),
    KAFKA_TOPIC_PREFIX: topicPrefix,
  };
}

/** The environment of the reconciler's process. */
export function reconcilerEnvironment(
  { backing, layout }: Surroundings,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  return {
    ...inherited(env),
    DATABASES_DIR: backing.databases.reader,
    HOST,
    ADMIN_PORT: String(layout.admin[RECONCILER][0]),
  };
}

/** How the payment provider's stand-in is run. */
export interface SimulatorSettings {
  readonly port: number;
  readonly seed: number;
  readonly payments: string;
  /** what the payment service calls it in its webhooks' address */
  readonly provider: string;
  /** where it reports what it did, and the file with what it signs that with */
  readonly webhookUrl: string;
  readonly webhookSecretFile: string;
}

/** The environment of the payment provider that stands in for a real one. */
export function simulatorEnvironment(
  settings: SimulatorSettings & { readonly ledgerFile: string },
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  return {
    ...inherited(env),
    HOST,
    PORT: String(settings.port),
    LEDGER_FILE: settings.ledgerFile,
    SEED: String(settings.seed),
    PAYMENTS: settings.payments,
    ...(settings.provider === 'stripe'
      ? { STRIPE_WEBHOOK_URL: settings.webhookUrl, STRIPE_WEBHOOK_SECRET_FILE: settings.webhookSecretFile }
      : { WEBHOOK_URL: settings.webhookUrl, WEBHOOK_SECRET_FILE: settings.webhookSecretFile }),
  };
}
