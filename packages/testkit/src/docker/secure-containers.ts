import type { GenericContainer, Wait, WaitStrategy } from 'testcontainers';
import { kafkaLogging, kafkaProperties } from '../embedded/kafka-configuration.js';
import { KAFKA_CLUSTER_ID, storageLogins } from '../embedded/start-kafka.js';
import { freePort } from '../free-port.js';
import type { StartedPart } from '../part.js';
import {
  postgresLogins,
  postgresTlsSettings,
  redisConfiguration,
  SECURE_HOST,
  securePostgresUrl,
  secureRedisUrl,
  serverFiles,
  type InfraSecurity,
} from '../security.js';
import { postgresVersion, redisVersion } from '../versions.js';

// The servers of start-container.ts with TLS and logins, on the same configuration as the embedded ones.

/** Where they are in the container. */
const FILES = '/etc/outrider';
/** Where PostgreSQL's are, which takes a key that is its own alone. */
const POSTGRES_FILES = '/var/lib/postgresql/outrider';
export const POSTGRES_PORT = 5432;
const REDIS_PORT = 6379;

/** The first time it says so is the image's own, while it sets the cluster up. */
export function postgresReady(wait: typeof Wait): WaitStrategy {
  return wait.forLogMessage(/database system is ready to accept connections/u, 2);
}

function withFiles(container: GenericContainer, files: Readonly<Record<string, string>>): GenericContainer {
  return container.withCopyContentToContainer(
    // the container's users are others than this process's
    Object.entries(files).map(([name, content]) => ({ content, target: `${FILES}/${name}`, mode: 0o644 })),
  );
}

export async function startSecurePostgres(
  container: GenericContainer,
  settings: readonly string[],
  security: InfraSecurity,
): Promise<StartedPart> {
  const { Wait } = await import('testcontainers');
  const own = `mkdir -p ${POSTGRES_FILES} && cp ${FILES}/* ${POSTGRES_FILES} && chmod 600 ${POSTGRES_FILES}/* && chown -R postgres:postgres ${POSTGRES_FILES}`;
  const all = [...postgresTlsSettings(POSTGRES_FILES), `hba_file=${POSTGRES_FILES}/pg_hba.conf`, ...settings];
  const server = ['docker-entrypoint.sh', 'postgres', ...all.flatMap((setting) => ['-c', setting])];
  const started = await withFiles(container, {
    ...serverFiles(security),
    'pg_hba.conf': postgresLogins(security),
  })
    .withEnvironment({ POSTGRES_PASSWORD: security.adminPassword })
    .withCommand(['bash', '-c', `${own} && exec ${server.join(' ')}`])
    .withExposedPorts(POSTGRES_PORT)
    .withWaitStrategy(postgresReady(Wait))
    .start();
  const url = securePostgresUrl(started.getMappedPort(POSTGRES_PORT), security);
  return { url, version: await postgresVersion(url) };
}

export async function startSecureKafka(container: GenericContainer, security: InfraSecurity): Promise<StartedPart> {
  const { Wait } = await import('testcontainers');
  // brokers tell clients their addresses, so these are known before the start
  const [port, certificatePort, controllerPort] = [await freePort(), await freePort(), await freePort()];
  const properties = kafkaProperties({
    port,
    controllerPort,
    address: '0.0.0.0',
    logs: '/tmp/outrider-kafka',
    durable: false,
    security: {
      keystore: `${FILES}/keystore.pem`,
      truststore: `${FILES}/clients.crt`,
      certificatePort,
      adminPassword: security.adminPassword,
    },
  });
  const { certificate, authority } = security;
  const logins = storageLogins({ ...security, passwords: security.kafkaPasswords });
  const format = ['kafka-storage', 'format', '-t', KAFKA_CLUSTER_ID, '-c', `${FILES}/server.properties`, ...logins];
  let version = 'unknown';
  await withFiles(container, {
    'keystore.pem': `${certificate.key}${certificate.cert}`,
    'clients.crt': authority,
    'server.properties': properties,
    'log4j2.properties': kafkaLogging(),
  })
    .withEnvironment({
      KAFKA_HEAP_OPTS: '-Xms64m -Xmx512m',
      KAFKA_LOG4J_OPTS: `-Dlog4j2.configurationFile=${FILES}/log4j2.properties`,
      LOG_DIR: '/tmp/outrider-logs',
    })
    .withCommand(['bash', '-c', `${format.join(' ')} && exec kafka-server-start ${FILES}/server.properties`])
    .withExposedPorts({ container: port, host: port }, { container: certificatePort, host: certificatePort })
    .withLogConsumer((log) => {
      log.on('data', (line: Buffer | string) => {
        version = /Kafka version: (\S+)/.exec(line.toString())?.[1] ?? version;
      });
    })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/u))
    .start();
  return { url: `${SECURE_HOST}:${port}`, certificateBroker: `${SECURE_HOST}:${certificatePort}`, version };
}

export async function startSecureRedis(container: GenericContainer, security: InfraSecurity): Promise<StartedPart> {
  const { Wait } = await import('testcontainers');
  const started = await withFiles(container, {
    ...serverFiles(security),
    'redis.conf': redisConfiguration(REDIS_PORT, FILES, security),
  })
    .withCommand(['redis-server', `${FILES}/redis.conf`])
    .withExposedPorts(REDIS_PORT)
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/iu))
    .start();
  const url = secureRedisUrl(started.getMappedPort(REDIS_PORT), security);
  return { url, version: await redisVersion(url, security.authorityFile) };
}
