import { InfraError } from '../infra-error.js';
import type { Part, StartContext, StartedPart } from '../part.js';
import type { InfraSecurity } from '../security.js';
import { postgresVersion, redisVersion } from '../versions.js';
import {
  POSTGRES_PORT,
  postgresReady,
  startSecureKafka,
  startSecurePostgres,
  startSecureRedis,
} from './secure-containers.js';

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
export async function startContainer(part: Part, run: string, context: StartContext): Promise<StartedPart> {
  const { keeper, durable, security } = context;
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  await keeper.removeContainersAtEnd(`${LABEL}=${run}`);
  try {
    if (security !== undefined) return await startSecure(part, run, durable, security);
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

async function startSecure(part: Part, run: string, durable: boolean, security: InfraSecurity): Promise<StartedPart> {
  const { GenericContainer } = await import('testcontainers');
  const container = () =>
    new GenericContainer(IMAGE[part]).withLabels({ [LABEL]: run }).withStartupTimeout(PULL_AND_START_MS);
  switch (part) {
    case 'postgres':
      return startSecurePostgres(container(), postgresSettings(durable), security);
    case 'kafka':
      return startSecureKafka(container(), security);
    case 'redis':
      return startSecureRedis(container(), security);
  }
}

function postgresSettings(durable: boolean): string[] {
  return ['max_connections=400', ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'])];
}

// A plain container, and not the library's for PostgreSQL: that one has the engine check its health four times a second for as
// long as it runs. On a machine that is slow the engine ends such a check, PostgreSQL inherits what is left of it, takes
// its end for the crash of a backend, and starts over.
async function startPostgres(run: string, durable: boolean): Promise<StartedPart> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(IMAGE.postgres)
    .withEnvironment({ POSTGRES_PASSWORD: 'outrider' })
    .withLabels({ [LABEL]: run })
    .withCommand(['postgres', ...postgresSettings(durable).flatMap((setting) => ['-c', setting])])
    .withExposedPorts(POSTGRES_PORT)
    .withWaitStrategy(postgresReady(Wait))
    .withStartupTimeout(PULL_AND_START_MS)
    .start();
  const url = `postgres://postgres:outrider@${container.getHost()}:${container.getMappedPort(POSTGRES_PORT)}/postgres`;
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
