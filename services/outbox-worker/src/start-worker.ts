import {
  assertPoolerKeepsStatements,
  keepSessionsFresh,
  OutboxError,
  PostgresOutboxStore,
  Relay,
} from '@outrider/outbox';
import type { Background } from '@outrider/service-kit/background';
import { clientOf, observeCredentials, type NamedDatabase } from '@outrider/connections';
import { createAdminServer, Health } from '@outrider/service-kit/health';
import type { Logger } from '@outrider/service-kit/logging';
import { createMetrics, lagMetrics, Readings } from '@outrider/service-kit/metrics';
import { RightsCheck } from '@outrider/service-kit/roles';
import { startStages, type Stage } from '@outrider/service-kit/process';
import pg from 'pg';
import { BrokerHealth } from './broker-health.js';
import { relaySettings, type WorkerConfig } from './config.js';
import { publishersOf } from './publishers-of.js';
import { RelayMetrics } from './relay-metrics.js';
import { retention } from './retention.js';
import { TopicWatch } from './topic-watch.js';

interface Outbox {
  readonly name: string;
  readonly relay: Relay;
  readonly pool: pg.Pool;
  readonly retention: Background;
}

/**
 * Starts a relay for each database, independent of the others: one that is down, or has no outbox yet, is retried and
 * delays none of the others.
 * @returns its stages, started
 * @throws OutboxError OUTBOX_POOLER_FORGETS; the listen error when the admin port is taken
 */
export async function startWorker(config: WorkerConfig, log: Logger): Promise<readonly Stage[]> {
  if (config.DATABASE_POOLED) await refuseForgetfulPoolers(config.databases, log);
  const metrics = createMetrics(config.APP_VERSION);
  const names = config.databases.map(({ name }) => name);
  observeCredentials(metrics.registry, log);
  const relayMetrics = new RelayMetrics(metrics.registry, names);
  const broker = new BrokerHealth();
  const topics = new TopicWatch(config, metrics.registry, log);
  const publisherOf = await publishersOf(config);
  const outboxes = config.databases.map((database) => {
    const own = log.child({ database: database.name });
    const pool = poolOf(database, config.CONNECTION_MAX_AGE_MS, own);
    const observer = broker.observing(relayMetrics.observer(database.name));
    return {
      name: database.name,
      pool,
      relay: new Relay({
        store: new PostgresOutboxStore({
          database: () => database.server.connection(),
          pooled: config.DATABASE_POOLED,
        }),
        publisher: publisherOf(own),
        settings: relaySettings(config),
        observer,
        log: own,
      }),
      retention: retention(database.name, pool, config.RETENTION_DAYS, own),
    } satisfies Outbox;
  });
  lagMetrics(metrics.registry, new Readings(metrics.registry, names), outboxes);
  const health = new Health([
    ...outboxes.map(({ name, relay, pool }) => {
      const rights = new RightsCheck(pool, 'relay');
      return {
        name: `database ${name}`,
        check: async () => {
          await rights.check();
          await nothingWrong(relay);
        },
      };
    }),
    broker.check,
    topics.check,
  ]);
  const admin = createAdminServer(health, metrics.registry);
  const stages: readonly Stage[] = [
    {
      name: 'admin port',
      start: () => admin.listen({ host: config.HOST, port: config.ADMIN_PORT }),
      stop: () => admin.close(),
    },
    { name: 'databases', stop: () => all(outboxes, ({ pool }) => pool.end()) },
    { name: 'retention', stop: () => all(outboxes, ({ retention }) => retention.close()) },
    { name: 'topics', start: () => topics.start(), stop: () => topics.close() },
    {
      name: 'relays',
      start: () => outboxes.forEach(({ relay }) => relay.start()),
      stop: () => all(outboxes, ({ relay }) => relay.stop()),
    },
    { name: 'readiness', stop: () => health.close() },
  ];
  await startStages(stages, log);
  return stages;
}

/** The pooler of a database that does not answer yet is checked by its relay later. */
async function refuseForgetfulPoolers(databases: readonly NamedDatabase[], log: Logger): Promise<void> {
  await Promise.all(
    databases.map(async ({ name, server }) => {
      try {
        await assertPoolerKeepsStatements(`database ${name}`, () => server.connection());
      } catch (error) {
        if (error instanceof OutboxError) throw error;
        log.warn({ err: error, database: name }, 'the pooler before the database could not be checked yet');
      }
    }),
  );
}

/** For metrics and retention, beside the relay's own connections. */
function poolOf({ server }: NamedDatabase, maxAgeMs: number, log: Logger): pg.Pool {
  const pool = new pg.Pool({
    Client: clientOf(server, pg.Client),
    application_name: 'outbox-worker',
    max: 2,
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
  });
  keepSessionsFresh(pool, { maxAgeMs });
  pool.on('error', (error) => log.debug({ err: error }, 'an idle connection was lost'));
  return pool;
}

function nothingWrong(relay: Relay): Promise<void> {
  return relay.problem === null ? Promise.resolve() : Promise.reject(new Error(relay.problem));
}

async function all<T>(things: readonly T[], close: (thing: T) => Promise<void>): Promise<void> {
  await Promise.all(things.map(close));
}
