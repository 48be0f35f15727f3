import { observeCredentials } from '@outrider/connections';
import type { SqlClient } from '@outrider/common';
import { isTopic, TOPICS } from '@outrider/contracts';
import { Inbox, KafkaEventConsumer, type InboxObserver } from '@outrider/inbox';
import { appendEvents, canWrite, OutboxNotifier, type OutboxDatabase } from '@outrider/outbox';
import { Replays } from '../admin/index.js';
import { Authenticator } from '../auth/index.js';
import { repeat, type Background } from '../background/index.js';
import { isUndefinedTable, poolOf, sqlOnPool, Transactor, type Transaction } from '../database/index.js';
import { Health } from '../health/index.js';
import { createConsumerClient } from '../kafka/index.js';
import { createLogger, type Logger } from '../logging/index.js';
import { counter, createMetrics, daysMetrics, lagMetrics, Readings } from '../metrics/index.js';
import { startStages, stopStages, type Stage } from '../process/index.js';
import { createAdminPort } from './admin-port.js';
import type { ServiceConfig } from './config.js';
import { Consumption } from './consumption.js';
import { authSettingsOf, edgesOf } from './from-config.js';
import { groupMetric, inboxMetrics } from './inbox-metrics.js';
import { maintenance } from './maintenance.js';
import { OpenRequests } from './open-requests.js';
import { poolMetrics } from './pool-metrics.js';
import { PoolerCheck } from './pooler-check.js';
import { createPublicPort } from './public-port.js';
import { ormOf } from './schema.js';
import { SchemaWatch } from './schema-watch.js';
import { readServiceConfig, type RunningService, type ServiceContext, type ServiceDefinition } from './service.js';

const REPLAYS_EVERY_MS = 5_000;
const LOOK_FOR_KEYS_MS = 1_000;

/**
 * Starts a service: it listens at once, and consumes as soon as its database answers and has the schema, however long
 * that takes. Database and broker may come and go; nothing needs a restart.
 * @throws ConfigError naming every wrong key; OutboxError OUTBOX_POOLER_FORGETS; the listen error when a port is taken
 */
export async function startService<C extends ServiceConfig>(
  definition: ServiceDefinition<C>,
  env: NodeJS.ProcessEnv,
): Promise<RunningService> {
  const config = readServiceConfig(definition, env);
  const { name, title } = definition;
  const log = createLogger(name, config.LOG_LEVEL);
  const metrics = createMetrics(config.APP_VERSION);
  const { registry } = metrics;
  const readings = new Readings(registry, [name]);
  observeCredentials(registry, log);
  const pooler = new PoolerCheck(config);
  await pooler.atStart(log);
  const client = await createConsumerClient(config.KAFKA_CLIENT, {
    clientId: `outrider-${name}`,
    server: config.KAFKA,
    connectionMaxAgeMs: config.CONNECTION_MAX_AGE_MS,
    log,
  });

  const orm = await ormOf(definition, config, log, poolMetrics(registry));
  const pool = sqlOnPool(poolOf(orm));
  const notifier = new OutboxNotifier(pool, log);
  const conflicts = counter(registry, {
    name: 'optimistic_conflicts_total',
    help: 'Transactions that conflicted with another one and were run again or refused',
  });
  const transactor = new Transactor({
    orm,
    source: { source: name, version: config.APP_VERSION },
    append: appendEvents,
    committed: (events) => notifier.committed(events),
    onConflict: () => conflicts.inc(),
  });
  const context: ServiceContext<C> = { config, orm, transactor, metrics, readings, log };
  const schema = new SchemaWatch(definition, orm, pooler);
  const health = new Health([
    { name: 'database', check: () => writable(pool) },
    { name: 'schema', check: () => schema.check() },
  ]);
  const authenticator = new Authenticator(authSettingsOf(config), log);
  const app = await createPublicPort({
    title,
    version: config.APP_VERSION,
    module: definition.module(context),
    controllers: definition.controllers,
    authenticator,
    health,
    metrics,
    log,
    edges: edgesOf(config),
  });
  health.add(...(definition.readiness?.(app) ?? []));

  const consumer = `outrider.${name}`;
  lagMetrics(registry, readings, [{ name, pool }]);
  daysMetrics(registry, readings, { name, pool });
  const subscriptions = definition.subscriptions(app);
  const topics = subscriptions.map(({ topic }) => topic);
  const inbox = new Inbox<Transaction>({
    consumer,
    subscriptions,
    source: new KafkaEventConsumer({
      client,
      groupId: config.KAFKA_TOPIC_PREFIX + consumer,
      topicPrefix: config.KAFKA_TOPIC_PREFIX,
      log,
    }),
    transaction: (work) => transactor.run(work),
    sql: (tx) => tx.sql,
    pool,
    observer: reportingAddedPartitions(
      inboxMetrics(registry, readings, { database: name, consumer, topics, pool }),
      log,
    ),
    log,
  });
  groupMetric(registry, consumer, () => inbox.problem === null);
  health.add({
    name: 'kafka',
    check: async () => {
      if (inbox.problem !== null) throw new Error(inbox.problem);
    },
  });

  const database: OutboxDatabase = {
    query: (text, values) => pool.query(text, values),
    transaction: (work) => transactor.run(({ sql }) => work(sql)),
  };
  const replays = new Replays(database, log);
  const admin = createAdminPort(config, {
    title,
    name,
    consumer,
    health,
    metrics,
    authenticator,
    database,
    inbox,
    replays,
    log,
  });
  const consumption = new Consumption({
    schema,
    inbox,
    replays,
    startBackground: () => [
      maintenance(pool, log),
      repeat('outbox replays', REPLAYS_EVERY_MS, log, () => replays.run()),
      ...(definition.background?.(app, context) ?? []),
    ],
    log,
  });

  const requests = new OpenRequests(app.getHttpServer());
  let keys: Background | undefined;
  let lingering: Promise<void> | undefined;
  const stages: readonly Stage[] = [
    { name: 'database', stop: () => orm.close() },
    { name: 'notifier', stop: () => notifier.close() },
    {
      name: 'keys of callers',
      start: () => void (keys = repeat('keys of callers', LOOK_FOR_KEYS_MS, log, () => authenticator.refresh())),
      stop: () => keys?.close(),
    },
    ...(definition.stages?.(app) ?? []),
    {
      name: 'admin port',
      start: () => admin.listen({ host: config.HOST, port: config.ADMIN_PORT }),
      stop: () => admin.close(),
    },
    {
      name: 'public port',
      // fastify hands these to net.Server.listen as they are; its own types do not know reusePort yet
      start: () => app.listen({ host: config.HOST, port: config.PORT, reusePort: config.REUSE_PORT } as object),
      async stop() {
        await lingering;
        await requests.drain(() => app.close());
      },
    },
    // begun below, when both ports are held: a process whose port is taken must not disturb the consumer group
    { name: 'consumers and background tasks', stop: () => consumption.stop() },
    // who calls has time to leave; what else the process does goes to others at once
    { name: 'callers', stop: () => void (lingering = requests.linger(config.HTTP_LINGER_MS)) },
    { name: 'readiness', stop: () => health.close() },
  ];
  await startStages(stages, log);
  log.info({ port: config.PORT, adminPort: config.ADMIN_PORT, version: config.APP_VERSION }, 'listening');
  return {
    url: urlOf(config.HOST, config.PORT),
    adminUrl: urlOf(config.HOST, config.ADMIN_PORT),
    app,
    consuming: consumption.begin(),
    async close() {
      if (!(await stopStages(stages, log))) throw new Error(`${name} did not stop cleanly; see the log`);
    },
  };
}

/** Partitions that somebody added to a topic are read all the same, so that nothing in them stays unread. */
function reportingAddedPartitions(observer: Partial<InboxObserver>, log: Logger): Partial<InboxObserver> {
  return {
    ...observer,
    assigned(partitions) {
      const added = partitions.filter(
        ({ topic, partition }) => isTopic(topic) && partition >= TOPICS[topic].partitions,
      );
      if (added.length > 0) log.error({ partitions: added }, 'partitions were added to topics: see docs/runbook.md');
      observer.assigned?.(partitions);
    },
  };
}

/** Rejects unless this process can write events. Before the first migration there is nothing to write to. */
async function writable(pool: SqlClient): Promise<void> {
  try {
    await canWrite(pool);
  } catch (error) {
    if (!isUndefinedTable(error)) throw error;
  }
}

function urlOf(host: string, port: number): string {
  return `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`;
}
