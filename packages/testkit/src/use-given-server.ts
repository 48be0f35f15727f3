import { InfraError } from './infra-error.js';
import type { Part, StartedPart } from './part.js';
import { kafkaAnswers, postgresVersion, redisVersion } from './versions.js';
import { refuseUrl, URL_VARIABLE } from './choose-modes.js';

/**
 * A server that somebody else runs: only checks that it answers.
 *
 * @throws InfraError INFRA_URL_INVALID, INFRA_URL_UNREACHABLE
 */
export async function useGivenServer(part: Part, url: string): Promise<StartedPart> {
  refuseUrl(part, url);
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
