import { z } from 'zod';
import { RELEASE } from '../release.js';

/** Thrown at start when the environment is wrong; `problems` names every wrong key at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';

  constructor(readonly problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/** The servers that are described by several settings, `<server>_<setting>`: each is one key of a schema. */
const SERVER = /^(?<server>(?:[A-Z][A-Z0-9]*_)*(?:DATABASE|KAFKA|REDIS))_(?<setting>[A-Z0-9_]+)$/u;

/**
 * Reads typed settings from environment variables. An empty variable counts as not set. The settings of a server are
 * gathered under its name: a schema's key `ORDER_DATABASE` is given `ORDER_DATABASE_URL` and what else begins so.
 * @throws ConfigError naming every key that is missing or wrong; values are never repeated, they may be secrets.
 */
export function readConfig<S extends z.ZodType>(schema: S, env: NodeJS.ProcessEnv): z.infer<S> {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const given = { ...serversOf(set), ...set };
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.map(({ path: [name, setting], message }) => {
      if (setting !== undefined) return `${String(name)}${setting === '' ? '' : '_'}${String(setting)}: ${message}`;
      return `${String(name ?? '(environment)')}: ${set[String(name)] === undefined ? 'is missing' : message}`;
    }),
  );
}

function serversOf(set: Readonly<Record<string, string | undefined>>): Record<string, Record<string, string>> {
  const servers: Record<string, Record<string, string>> = {};
  for (const [name, value] of Object.entries(set)) {
    const { server, setting } = SERVER.exec(name)?.groups ?? {};
    if (server !== undefined && setting !== undefined && value !== undefined) (servers[server] ??= {})[setting] = value;
  }
  return servers;
}

const url = (protocols: readonly string[]) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    );

/**
 * The running version, written into every event and saga and shown in metrics. It names one roll-out, so that two of them
 * can be compared.
 */
export const appVersion = z
  .string()
  .regex(/^[\w.+-]{1,100}$/u, 'must be letters, digits, . + - _')
  .default(RELEASE);

/** A TCP port. */
export const port = z.coerce.number('must be a port number').int().min(1).max(65_535);

/** A whole number of milliseconds ≥ 1. */
export const milliseconds = z.coerce.number('must be a number of milliseconds').int().min(1).max(2_147_483_647);

/**
 * How long a connection to PostgreSQL, Kafka or Redis is kept at the longest: up to a fifth less, so that not all end
 * together, and never in the middle of a transaction or a request. After that time no connection uses a password or a role, or leads to a server,
 * that was given up before.
 */
export const connectionMaxAge = milliseconds.default(1_800_000);

export const httpUrl = url(['http:', 'https:']);

/** A comma separated list; empty by default. */
export const commaSeparated = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );

/**
 * Who moves the money. Payment talks to it; others hold amounts against its rule (`amountStep` of contracts), so give all
 * services the same name. One that has no rule there moves any amount.
 */
export const paymentProvider = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,49}$/u, 'must be the name of a payment provider, as payment has it')
  .default('simulator');

/** The library that events are written to Kafka and read from it by. */
export const kafkaClient = z.enum(['kafkajs', 'platformatic'], 'must be kafkajs or platformatic').default('kafkajs');

/** Goes in front of topic and group names, so that several installations share one Kafka; may be empty. */
export const topicPrefix = z
  .string()
  .regex(/^[A-Za-z0-9._-]{0,100}$/u, 'must be letters, digits, dot, dash or underscore')
  .default('');

export const logLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info');
