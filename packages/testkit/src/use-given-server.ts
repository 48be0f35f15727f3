import { InfraError } from './infra-error.js';
import type { Part, StartedPart } from './part.js';
import { kafkaAnswers, postgresVersion, redisVersion } from './versions.js';
import { URL_VARIABLE } from './choose-modes.js';

/** How each server's address is written. A value is never shown: it may have a password. */
const FORMS: Readonly<Record<Part, readonly [form: RegExp, rule: string]>> = {
  postgres: [/^postgres(?:ql)?:\/\/./u, 'a URL with its scheme, such as postgres://user@localhost:5432/postgres'],
  redis: [/^rediss?:\/\/./u, 'a URL with its scheme, such as redis://localhost:6379'],
  kafka: [/^[^\s,/]+:\d+(?:,[^\s,/]+:\d+)*$/u, 'host:port, comma separated, such as localhost:9092'],
};

/**
 * A server that somebody else runs: only checks that it answers.
 *
 * @throws InfraError INFRA_URL_INVALID, INFRA_URL_UNREACHABLE
 */
export async function useGivenServer(part: Part, url: string): Promise<StartedPart> {
  const [form, rule] = FORMS[part];
  if (!form.test(url)) throw new InfraError('INFRA_URL_INVALID', `${URL_VARIABLE[part]} must be ${rule}.`);
  try {
    return { url, version: await versionOf(part, url) };
  } catch (error) {
    const reason = error instanceof Error ? error.message || error.name : String(error);
    throw new InfraError(
      'INFRA_URL_UNREACHABLE',
      `${URL_VARIABLE[part]} names a server that does not answer: ${reason}.`,
      {
        cause: error,
      },
    );
  }
}

async function versionOf(part: Part, url: string): Promise<string> {
  switch (part) {
    case 'postgres':
      return postgresVersion(url);
    case 'redis':
      return redisVersion(url);
    case 'kafka':
      await kafkaAnswers(url.split(','));
      return 'of unknown version';
  }
}
