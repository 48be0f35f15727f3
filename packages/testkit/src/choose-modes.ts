import { InfraError } from './infra-error.js';
import { MODES, type Mode, type Part } from './part.js';

/** The environment variable that gives each part's URL. KAFKA_BROKERS is `host:port`, comma separated. */
export const URL_VARIABLE = {
  postgres: 'POSTGRES_URL',
  kafka: 'KAFKA_BROKERS',
  redis: 'REDIS_URL',
} as const satisfies Record<Part, string>;

/** How each server's address is written. A value is never shown: it may have a password. */
const FORMS: Readonly<Record<Part, readonly [form: RegExp, rule: string]>> = {
  postgres: [/^postgres(?:ql)?:\/\/./u, 'a URL with its scheme, such as postgres://user@localhost:5432/postgres'],
  redis: [/^rediss?:\/\/./u, 'a URL with its scheme, such as redis://localhost:6379'],
  kafka: [/^[^\s,/]+:\d+(?:,[^\s,/]+:\d+)*$/u, 'host:port, comma separated, such as localhost:9092'],
};

/** @throws InfraError INFRA_URL_INVALID, when it is not written as the address of such a server is */
export function refuseUrl(part: Part, url: string): void {
  const [form, rule] = FORMS[part];
  if (!form.test(url)) throw new InfraError('INFRA_URL_INVALID', `${URL_VARIABLE[part]} must be ${rule}.`);
}

/** The URL the environment gives for a part; an empty variable counts as unset. */
export function givenUrl(part: Part, env: NodeJS.ProcessEnv): string | undefined {
  const url = env[URL_VARIABLE[part]];
  return url === '' ? undefined : url;
}

/**
 * The one mode that everything is forced to, if any: the caller's wish before the variable INFRA.
 *
 * @throws InfraError INFRA_MODE_INVALID
 */
export function forcedMode(wish: Mode | undefined, env: NodeJS.ProcessEnv): Mode | undefined {
  const value = wish ?? env['INFRA'];
  if (value === undefined || value === '') return undefined;
  const mode = MODES.find((known) => known === value);
  if (mode === undefined) {
    throw new InfraError('INFRA_MODE_INVALID', `INFRA is '${value}' but must be one of ${MODES.join(', ')}.`);
  }
  return mode;
}

/**
 * Where each part comes from. One rule for all: a URL in the environment, else Docker where an engine answers, else
 * embedded.
 *
 * @param dockerAnswers asked at most once, and only when the answer matters
 * @throws InfraError INFRA_URL_MISSING, INFRA_DOCKER_MISSING when a forced mode cannot be had; INFRA_URL_INVALID
 */
export async function chooseModes(
  parts: readonly Part[],
  forced: Mode | undefined,
  env: NodeJS.ProcessEnv,
  dockerAnswers: () => Promise<boolean>,
): Promise<Map<Part, Mode>> {
  if (forced === 'url') {
    const missing = parts.filter((part) => givenUrl(part, env) === undefined).map((part) => URL_VARIABLE[part]);
    if (missing.length > 0) {
      const named = missing.length === 1 ? `${missing[0]} is` : `${missing.join(' and ')} are`;
      throw new InfraError('INFRA_URL_MISSING', `INFRA is 'url' but ${named} not set.`);
    }
  }
  // before any server is started
  if (forced === undefined || forced === 'url') {
    for (const part of parts) {
      const url = givenUrl(part, env);
      if (url !== undefined) refuseUrl(part, url);
    }
  }
  if (forced === 'docker' && !(await dockerAnswers())) {
    throw new InfraError('INFRA_DOCKER_MISSING', "INFRA is 'docker' but no Docker engine answers: start Docker.");
  }
  if (forced !== undefined) return new Map(parts.map((part) => [part, forced]));

  const unnamed = parts.filter((part) => givenUrl(part, env) === undefined);
  const otherwise: Mode = unnamed.length > 0 && (await dockerAnswers()) ? 'docker' : 'embedded';
  return new Map(parts.map((part) => [part, unnamed.includes(part) ? otherwise : 'url']));
}

/**
 * Several brokers are processes that are started here, in plain text.
 *
 * @throws InfraError INFRA_MODE_INVALID, where Kafka comes from elsewhere or is secured
 */
export function refuseBrokers(modes: ReadonlyMap<Part, Mode>, brokers: number, secured: boolean): void {
  if (brokers === 1) return;
  const from = modes.get('kafka');
  const remedy = {
    url: `unset ${URL_VARIABLE.kafka}`,
    docker: "set INFRA to 'embedded'",
    embedded: secured ? 'leave security out' : undefined,
  }[from ?? 'embedded'];
  if (remedy === undefined) return;
  throw new InfraError(
    'INFRA_MODE_INVALID',
    `A Kafka of ${brokers} brokers is started embedded alone, in plain text: ${remedy}.`,
  );
}
