import type { Infra } from '@outrider/testkit';

/**
 * Lets what `work` starts use servers that are there already, whatever this process was told.
 * @param work starts it; how it is started is read from the environment
 */
export async function withServers<T>(infra: Infra, work: () => Promise<T>): Promise<T> {
  const settings = {
    POSTGRES_URL: infra.postgresUrl,
    KAFKA_BROKERS: infra.brokers.join(','),
    REDIS_URL: infra.redisUrl,
  };
  const before = Object.keys(settings).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, settings);
  try {
    return await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
