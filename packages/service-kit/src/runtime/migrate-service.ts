import { TOPIC_RETENTION_MS, TOPICS } from '@outrider/contracts';
import { migrate } from '../database/index.js';
import { createKafka, ensureTopics } from '../kafka/index.js';
import { createLogger } from '../logging/index.js';
import type { ServiceConfig } from './config.js';
import { ormOf } from './schema.js';
import { readServiceConfig, type ServiceDefinition } from './service.js';

/**
 * Brings the service's database to the newest schema and makes the topics that are missing. Several at once wait for
 * each other.
 * @throws ConfigError; TopicMismatchError when a topic is not what it must be
 */
export async function migrateService<C extends ServiceConfig>(
  definition: ServiceDefinition<C>,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const config = readServiceConfig(definition, env);
  const log = createLogger(definition.name, config.LOG_LEVEL);
  const orm = await ormOf(definition, config, log, 0);
  try {
    const done = await migrate(orm);
    log.info({ migrations: done }, done.length === 0 ? 'the schema is current' : 'the schema was brought up to date');
  } finally {
    await orm.close();
  }
  const admin = createKafka({
    clientId: `outrider-${definition.name}-migrate`,
    brokers: config.KAFKA_BROKERS,
    log,
  }).admin();
  await admin.connect();
  try {
    await ensureTopics(
      admin,
      Object.entries(TOPICS).map(([name, { partitions }]) => ({
        name: config.KAFKA_TOPIC_PREFIX + name,
        partitions,
        retentionMs: TOPIC_RETENTION_MS,
      })),
    );
  } finally {
    await admin.disconnect();
  }
  log.info({ topics: Object.keys(TOPICS) }, 'the topics are there');
}
