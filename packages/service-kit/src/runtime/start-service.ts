import { observeCredentials } from '@outrider/connections';
import { isTopic, TOPICS } from '@outrider/contracts';
import { Inbox, KafkaEventConsumer } from '@outrider/inbox';
import { appendEvents, canWrite, OutboxNotifier, type OutboxDatabase } from '@outrider/outbox';
import { Counter } from 'prom-client';
import { Replays } from '../admin/index.js';
import { Authenticator } from '../auth/index.js';
import { repeat, type Background } from '../background/index.js';
import {
  isUndefinedTable,
  sqlOf,
  Transactor,
  type MikroORM,
  type SqlClient,
  type Transaction,
} from '../database/index.js';
import { Health } from '../health/index.js';
import { createKafka } from '../kafka/index.js';
import { createLogger } from '../logging/index.js';
import { createMetrics } from '../metrics/index.js';
import { lagMetrics } from '../outbox-lag/index.js';
import { closeAll, type Closing } from '../process/index.js';
import { startAdminPort } from './admin-port.js';
import type { ServiceConfig } from './config.js';
import { authSettingsOf, edgesOf } from './from-config.js';
import { createHttpApplication } from './http-server.js';
import { inboxMetrics } from './inbox-metrics.js';
import { maintenance } from './maintenance.js';
import { OpenRequests } from './open-requests.js';
import { PoolerTrial } from './pooler-trial.js';
import { missingMigrations, ormOf } from './schema.js';
import { readServiceConfig, type RunningService, type ServiceContext, type ServiceDefinition } from './service.js';

const LOOK_FOR_SCHEMA_MS = 500;
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
  const log = createLogger(definition.name, config.LOG_LEVEL);
  const metrics = createMetrics(definition.name);
  observeCredentials(metrics.registry, log);
  const pooler = new PoolerTrial(config);
  await pooler.atStart(log);
  const orm = await ormOf(definition, config, log);
  const pool = sqlOf(orm.em.fork());
  const closings: Closing[] = [{ name: 'database', close: () => orm.close() }];
  try {
    const notifier = new OutboxNotifier(pool, log);
    closings.unshift({ name: 'notifier', close: () => notifier.close() });
    const conflicts = new Counter({
      name: 'optimistic_conflicts_total',
      help: 'Transactions that met another one at the same rows and were run again or refused',
      registers: [metrics.registry],
    });
    const transactor = new Transactor({
      orm,
      source: { source: definition.name, version: config.APP_VERSION },
      append: appendEvents,
      committed: (events) => notifier.committed(events),
      onConflict: () => conflicts.inc(),
    });
    const context: ServiceContext<C> = { config, orm, transactor, metrics, log };
    const schema = new SchemaWatch(definition, orm, pooler);
    const health = new Health([
      { name: 'database', check: () => writable(pool) },
      { name: 'schema', check: () => schema.check() },
    ]);
    const authenticator = new Authenticator(authSettingsOf(config), log);
    const keys = repeat('keys of callers', LOOK_FOR_KEYS_MS, log, () => authenticator.refresh());
    closings.unshift({ name: 'keys of callers', close: () => keys.close() });
    const app = await createHttpApplication({
      title: definition.title,
      version: config.APP_VERSION,
      module: definition.module(context),
      controllers: definition.controllers,
      authenticator,
      health,
      metrics,
      log,
      edges: edgesOf(config),
    });
    await app.init();
    closings.unshift(...(definition.closings?.(app) ?? []));
    health.add(...(definition.readiness?.(app) ?? []));

    const consumer = `outrider.${definition.name}`;
    const observed = inboxMetrics(metrics.registry, consumer, pool);
    lagMetrics(metrics.registry, [{ name: definition.name, pool }]);
    const inbox = new Inbox<Transaction>({
      consumer,
      subscriptions: definition.subscriptions(app),
      source: new KafkaEventConsumer({
        kafka: createKafka({ clientId: `outrider-${definition.name}`, brokers: config.KAFKA_BROKERS, log }),
        groupId: config.KAFKA_TOPIC_PREFIX + consumer,
        topicPrefix: config.KAFKA_TOPIC_PREFIX,
        log,
      }),
      transaction: (work) => transactor.run(work),
      sql: (tx) => tx.sql,
      pool,
      observer: {
        ...observed,
        assigned(partitions) {
          // they are read all the same: what somebody put there by other means is not to lie unread
          const beyond = partitions.filter(
            ({ topic, partition }) => isTopic(topic) && partition >= TOPICS[topic].partitions,
          );
          if (beyond.length > 0)
            log.error({ partitions: beyond }, 'partitions were added to topics: see docs/runbook.md');
          observed.assigned?.(partitions);
        },
      },
      log,
    });
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
    const admin = await startAdminPort(config, {
      title: definition.title,
      name: definition.name,
      consumer,
      health,
      metrics,
      authenticator,
      database,
      inbox,
      replays,
      log,
    });
    closings.unshift({ name: 'admin server', close: () => admin.close() });

    // before anything is consumed: a process whose port is taken must not disturb the group
    // fastify hands these to net.Server.listen as they are; its own types do not know reusePort yet
    const address = { host: config.HOST, port: config.PORT, reusePort: config.REUSE_PORT };
    const requests = new OpenRequests(app.getHttpServer());
    await app.listen(address);
    closings.unshift({ name: 'http server', close: () => requests.drain(() => app.close()) });

    const backgrounds: Background[] = [];
    const stop = new AbortController();
    const consuming = schema.current(stop.signal, LOOK_FOR_SCHEMA_MS, log).then(async (current) => {
      if (!current) return;
      await inbox.start();
      backgrounds.push(
        maintenance(pool, log),
        repeat('outbox replays', REPLAYS_EVERY_MS, log, () => replays.run()),
        ...(definition.background?.(app, context) ?? []),
      );
      log.info({}, 'consuming');
    });
    closings.splice(1, 0, {
      name: 'background',
      close: async () => {
        stop.abort();
        await consuming;
        await Promise.all([inbox.stop(), replays.stop(), ...backgrounds.map((background) => background.close())]);
      },
    });

    log.info({ port: config.PORT, adminPort: config.ADMIN_PORT, version: config.APP_VERSION }, 'listening');
    return {
      url: urlOf(config.HOST, config.PORT),
      adminUrl: urlOf(config.HOST, config.ADMIN_PORT),
      app,
      consuming,
      async close() {
        health.close();
        if (!(await closeAll(closings, log))) throw new Error(`${definition.name} did not close cleanly; see the log`);
      },
    };
  } catch (error) {
    await closeAll(closings, log);
    throw error;
  }
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

/** Knows whether the database has the schema that this version needs. */
class SchemaWatch {
  #current = false;

  constructor(
    private readonly definition: Pick<ServiceDefinition<ServiceConfig>, 'migrations'>,
    private readonly orm: MikroORM,
    private readonly pooler: PoolerTrial,
  ) {}

  /** Rejects with what is missing. */
  async check(): Promise<void> {
    if (this.#current) return;
    await this.pooler.check();
    const missing = await missingMigrations(this.definition, this.orm);
    if (missing.length > 0) throw new Error(`not migrated yet: ${missing.join(', ')}`);
    this.#current = true;
  }

  /** Resolves with true as soon as the schema is there, with false when the signal says stop. */
  async current(
    signal: AbortSignal,
    everyMs: number,
    log: { warn(object: object, message: string): void },
  ): Promise<boolean> {
    for (let looks = 0; !signal.aborted; looks += 1) {
      try {
        await this.check();
        return true;
      } catch (error) {
        if (looks % 20 === 0) log.warn({ err: error }, 'the database is not ready for this service; waiting for it');
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs);
        signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
      });
    }
    return false;
  }
}
