import { randomBytes } from 'node:crypto';
import { createDatabase, dropDatabase } from '../databases.js';
import { InfraError } from '../infra-error.js';

/** What every suite of a jest run shares. */
export interface SharedInfra {
  readonly postgresUrl: string;
  readonly brokers: readonly string[];
  readonly redisUrl: string;
}

/** How the global setup passes them to jest's workers; they inherit its environment. */
export const SHARED_INFRA_VARIABLES = {
  postgresUrl: 'OUTRIDER_TEST_POSTGRES_URL',
  brokers: 'OUTRIDER_TEST_KAFKA_BROKERS',
  redisUrl: 'OUTRIDER_TEST_REDIS_URL',
} as const;

/**
 * The servers that this jest run started, or reused, before the first suite.
 *
 * @throws InfraError INFRA_NOT_STARTED outside jest's project `integration`
 */
export async function sharedInfra(): Promise<SharedInfra> {
  return {
    postgresUrl: variable(SHARED_INFRA_VARIABLES.postgresUrl),
    brokers: variable(SHARED_INFRA_VARIABLES.brokers).split(','),
    redisUrl: variable(SHARED_INFRA_VARIABLES.redisUrl),
  };
}

/**
 * A new database of this suite's own on the shared server.
 *
 * @param name shown in front of a random part, to be recognised in logs; letters, digits, `_`
 */
export async function freshDatabase(name = 'test'): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const { postgresUrl } = await sharedInfra();
  const unique = `${name}_${randomBytes(5).toString('hex')}`;
  const url = await createDatabase(postgresUrl, unique);
  return { url, drop: () => dropDatabase(postgresUrl, unique) };
}

/** A prefix such as `t7f3a91c2.` for this suite's topics, consumer groups and Redis keys. */
export function freshTopicPrefix(): string {
  return `t${randomBytes(4).toString('hex')}.`;
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new InfraError(
      'INFRA_NOT_STARTED',
      'No servers were started for this test: name its file *.integration.test.ts, or run it with jest --selectProjects integration.',
    );
  }
  return value;
}
