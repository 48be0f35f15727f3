import { TOPIC_NAMES } from '@outrider/contracts';
import { createDatabase, deleteTopics, dropDatabase, type Infra } from '@outrider/testkit';
import type { Run } from '../run/run-directory.js';
import type { Backing } from './environment.js';
import { SERVICES, type Service } from './layout.js';

function databaseName(run: Run, service: Service): string {
  return `outrider_${run.id.replaceAll('-', '_')}_${service}`;
}

/** Makes this run's databases, and names its topics and Redis keys, so that leftovers of another run never count. */
export async function prepareBacking(run: Run, infra: Infra): Promise<Backing> {
  const urls = await Promise.all(
    SERVICES.map(async (service) => [service, await createDatabase(infra.postgresUrl, databaseName(run, service))]),
  );
  return {
    databaseUrls: Object.fromEntries(urls) as Record<Service, string>,
    brokers: infra.brokers,
    topicPrefix: `${run.id}.`,
    redisUrl: infra.redisUrl,
    redisPrefix: `outrider:${run.id}:`,
  };
}

/**
 * Removes from servers that live on what this run made on them; what was started for the run goes away whole. Keys in
 * Redis expire by themselves.
 */
export async function removeBacking(
  run: Run,
  infra: Infra,
  failed: (what: string, error: unknown) => void,
): Promise<void> {
  if (infra.mode.postgres === 'url') {
    for (const service of SERVICES) {
      const name = databaseName(run, service);
      await dropDatabase(infra.postgresUrl, name).catch((error: unknown) => failed(`database ${name}`, error));
    }
  }
  if (infra.mode.kafka === 'url') {
    const topics = TOPIC_NAMES.map((topic) => `${run.id}.${topic}`);
    await deleteTopics(infra.brokers, topics).catch((error: unknown) => failed(`topics of ${run.id}`, error));
  }
}
