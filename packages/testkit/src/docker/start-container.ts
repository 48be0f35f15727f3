import { InfraError } from '../infra-error.js';
import type { Keeper } from '../keeper/keeper.js';
import type { Part, StartedPart } from '../part.js';
import { postgresVersion, redisVersion } from '../versions.js';

const IMAGE = { postgres: 'postgres:18', kafka: 'confluentinc/cp-kafka:8.3.0', redis: 'redis:7' } as const;
const LABEL = 'outrider.infra';
const PULL_AND_START_MS = 300_000;

/**
 * Starts one part as a container. The keeper removes it, so the library's own reaper (a privileged container with the
 * engine's socket, and an image more to fetch) is left out unless TESTCONTAINERS_RYUK_DISABLED says otherwise.
 *
 * @param run names this run among others on the same engine
 * @throws InfraError INFRA_DOCKER_FAILED when the image cannot be had or the server does not come up
 */
export async function startContainer(part: Part, run: string, keeper: Keeper, durable: boolean): Promise<StartedPart> {
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  await keeper.removeContainersAtEnd(`${LABEL}=${run}`);
  try {
    switch (part) {
      case 'postgres':
        return await startPostgres(run, durable);
      case 'kafka':
        return await startKafka(run);
      case 'redis':
        return await startRedis(run);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InfraError(
      'INFRA_DOCKER_FAILED',
      `Docker could not start ${IMAGE[part]} (${reason.trim()}); INFRA=embedded does without Docker.`,
      { cause: error },
    );
  }
}

async function startPostgres(run: string, durable: boolean): Promise<StartedPart> {
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  const notDurable = ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'];
  const container = await new PostgreSqlContainer(IMAGE.postgres)
    .withUsername('postgres')
    .withPassword('outrider')
    .withDatabase('postgres')
    .withLabels({ [LABEL]: run })
    .withCommand(['postgres', '-c', 'max_connections=400', ...(durable ? [] : notDurable)])
    .withStartupTimeout(PULL_AND_START_MS)
    .start();
  const url = container.getConnectionUri();
  return { url, version: await postgresVersion(url) };
}

async function startKafka(run: string): Promise<StartedPart> {
  const [{ KafkaContainer }, { Wait }] = await Promise.all([import('@testcontainers/kafka'), import('testcontainers')]);
  let version = 'unknown';
  const container = await new KafkaContainer(IMAGE.kafka)
    .withKraft()
    .withLabels({ [LABEL]: run })
    .withEnvironment({
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '4',
      KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS: '4',
      KAFKA_LOG_CLEANER_DEDUPE_BUFFER_SIZE: '16777216',
    })
    .withLogConsumer((log) => {
      log.on('data', (line: Buffer | string) => {
        version = /Kafka version: (\S+)/.exec(line.toString())?.[1] ?? version;
      });
    })
    // The library's own sign of life comes before the broker takes requests.
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .withStartupTimeout(PULL_AND_START_MS)
    .start();
  return { url: `${container.getHost()}:${container.getMappedPort(9093)}`, version };
}

async function startRedis(run: string): Promise<StartedPart> {
  const { RedisContainer } = await import('@testcontainers/redis');
  const container = await new RedisContainer(IMAGE.redis)
    .withLabels({ [LABEL]: run })
    .withStartupTimeout(PULL_AND_START_MS)
    .start();
  const url = container.getConnectionUrl();
  return { url, version: await redisVersion(url) };
}
