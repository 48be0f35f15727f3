import type { Infra } from '@outrider/testkit';
import { withSettings } from './with-settings.js';

/**
 * Lets what `work` starts use servers that are there already, whatever this process was told.
 * @param work starts it; how it is started is read from the environment
 */
export function withServers<T>(infra: Infra, work: () => Promise<T>): Promise<T> {
  const settings = {
    POSTGRES_URL: infra.postgresUrl,
    KAFKA_BROKERS: infra.brokers.join(','),
    REDIS_URL: infra.redisUrl,
  };
  return withSettings(settings, work);
}
