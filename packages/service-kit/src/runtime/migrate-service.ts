import { TOPIC_RETENTION_MS, TOPIC_SEGMENT_MS, TOPICS } from '@outrider/contracts';
import type { SqlClient } from '@outrider/common';
import type { Admin } from 'kafkajs';
import { readConfig } from '../config/index.js';
import {
  createOrm,
  HeldConnections,
  migrate,
  pendingMigrations,
  sqlOf,
  type MigrationPhase,
  type MikroORM,
} from '../database/index.js';
import {
  createKafka,
  createMissingTopics,
  topicDifferences,
  TopicMismatchError,
  topicRefusal,
  type TopicDifference,
  type TopicSpec,
} from '../kafka/index.js';
import { createLogger, type Logger } from '../logging/index.js';
import { grantRights, planRights, type RightsPlan } from '../roles/index.js';
import type { ServiceConfig } from './config.js';
import { migrateSettings, type MigrateConfig } from './migrate-config.js';
import { roleSettings } from './role-settings.js';
import { migrationsOf } from './schema.js';
import type { ServiceDefinition } from './service.js';
import { waitForServer } from './wait-for-server.js';

type Migrated = Pick<ServiceDefinition<ServiceConfig>, 'name' | 'migrations' | 'appendOnly' | 'topics'>;

/** What `migrate` would do. */
export interface MigrationPlan {
  /** migrations that the database does not have, in their order */
  readonly migrations: readonly { readonly name: string; readonly phase: MigrationPhase }[];
  /** what differs from the topics as they must be; missing topics are created unless KAFKA_TOPICS is verify */
  readonly topics: readonly TopicDifference[];
  /**
   * what would be granted to the roles on tables that are there, revoked from them, and set for them; tables that the
   * migrations are still to create are not among them
   */
  readonly roles: readonly string[];
}

/** Another number of partitions moves keys: no process may run with it. Other differences are for an operator to fix. */
const FATAL: ReadonlySet<TopicDifference['setting']> = new Set(['topic', 'partitions']);

/** How often the server checks that `migrate` is still running, in milliseconds. */
const WATCH_CLIENT_MS = 500;

/**
 * Brings the service's database to the newest schema of a phase and the topics to what they must be. Several at once
 * wait for each other; one that is killed leaves no half of a migration. Servers that are not up yet, or do not let this
 * login do its work yet, are waited for.
 *
 * @param phase `contract`: also what must wait until no process of an older version is left; a new database gets both
 * @throws ConfigError; TopicMismatchError when topics are not what they must be, before anything is changed;
 *   TopicsRefusedError; ServerAwayError
 */
export async function migrateService(
  definition: Migrated,
  env: NodeJS.ProcessEnv,
  phase: MigrationPhase = 'expand',
): Promise<void> {
  const { config, log } = settingsOf(definition, env);
  await refuseTopics(definition, config, log);
  await withOrm(definition, config, log, async (orm) => {
    const done = await migrate(orm, migrationsOf(definition), phase);
    log.info({ migrations: done }, done.length === 0 ? 'the schema is current' : 'the schema was migrated');
    await grantRoles(definition, config, log, orm);
  });
  if (config.KAFKA_TOPICS === 'create') await createTopics(definition, config, log);
}

/** In one transaction, and one `migrate` at a time: two at once would each grant what the other is granting. */
async function grantRoles(definition: Migrated, config: MigrateConfig, log: Logger, orm: MikroORM): Promise<void> {
  await orm.em.fork().transactional(async (em) => {
    const sql = sqlOf(em);
    await sql.query(`SELECT pg_advisory_xact_lock(hashtextextended('outrider migrate', 0))`);
    const plan = await rightsPlan(definition, config, sql);
    const refused = await grantRights(sql, plan);
    if (plan.rights.length > 0) log.info({ statements: plan.rights }, 'rights of the roles were changed');
    if (refused.length > 0) log.warn({ statements: refused }, 'only an administrator may set these for the roles');
  });
}

function rightsPlan(definition: Migrated, config: MigrateConfig, sql: SqlClient): Promise<RightsPlan> {
  const roles = { app: config.APP_ROLE, relay: config.RELAY_ROLE, reader: config.READER_ROLE };
  return planRights(sql, roles, roleSettings, new Set(definition.appendOnly));
}

/** What `migrateService` would do, both phases; nothing is changed. @throws ConfigError */
export async function planMigration(definition: Migrated, env: NodeJS.ProcessEnv): Promise<MigrationPlan> {
  const { config, log } = settingsOf(definition, env);
  const [migrations, roles] = await withOrm(definition, config, log, async (orm) => [
    await pendingMigrations(orm, migrationsOf(definition)),
    await rightsPlan(definition, config, sqlOf(orm.em.fork())),
  ]);
  const topics = await withAdmin(definition, config, log, (admin) =>
    topicDifferences(admin, topicsOf(definition, config)),
  );
  return {
    migrations: migrations.map(({ name, phase }) => ({ name, phase })),
    topics,
    roles: [...roles.rights, ...roles.settings],
  };
}

/** What a version makes, by name. */
export interface SchemaNames extends Readonly<Record<MigrationPhase, readonly string[]>> {
  /** of a shop's own, without the installation's prefix */
  readonly topics: readonly string[];
}

/** The names of all migrations of this version, by phase, and of topics of a shop's own; no server is asked. */
export function schemaOf(definition: Migrated): SchemaNames {
  const named = (wanted: MigrationPhase): string[] =>
    migrationsOf(definition).flatMap(({ name, phase }) => (phase === wanted ? [name] : []));
  return {
    expand: named('expand'),
    contract: named('contract'),
    topics: (definition.topics ?? []).map(({ name }) => name),
  };
}

/** Before anything is changed. Topics that `create` is to make may be missing, and it lives with other settings. */
async function refuseTopics(definition: Migrated, config: MigrateConfig, log: Logger): Promise<void> {
  const all = await withAdmin(definition, config, log, (admin) =>
    topicDifferences(admin, topicsOf(definition, config)),
  );
  const verify = config.KAFKA_TOPICS === 'verify';
  const differences = verify ? all : all.filter(({ setting }) => setting === 'partitions');
  if (differences.length > 0) throw new TopicMismatchError(differences);
  if (verify) log.info({ topics: topicsOf(definition, config).map(({ name }) => name) }, 'the topics are as required');
}

async function createTopics(definition: Migrated, config: MigrateConfig, log: Logger): Promise<void> {
  const topics = topicsOf(definition, config);
  const [created, differences] = await withAdmin(definition, config, log, async (admin) => [
    await createMissingTopics(admin, topics),
    await topicDifferences(admin, topics),
  ]);
  if (differences.some(({ setting }) => FATAL.has(setting))) throw new TopicMismatchError(differences);
  for (const difference of differences)
    log.warn({ difference }, 'a topic differs from what it should be; it is not changed');
  log.info({ created }, 'all topics exist');
}

function settingsOf(definition: Migrated, env: NodeJS.ProcessEnv): { config: MigrateConfig; log: Logger } {
  const config = readConfig(migrateSettings, env);
  return { config, log: createLogger(definition.name, config.LOG_LEVEL) };
}

function topicsOf({ topics = [] }: Migrated, config: MigrateConfig): TopicSpec[] {
  const core = Object.entries(TOPICS).map(([name, { partitions }]) => ({ name, partitions }));
  return [...core, ...topics].map(({ name, partitions }) => ({
    name: config.KAFKA_TOPIC_PREFIX + name,
    partitions,
    retentionMs: TOPIC_RETENTION_MS,
    segmentMs: TOPIC_SEGMENT_MS,
    replication: config.KAFKA_REPLICATION,
    minInsync: config.KAFKA_MIN_INSYNC,
  }));
}

async function withOrm<T>(
  definition: Migrated,
  config: MigrateConfig,
  log: Logger,
  work: (orm: MikroORM) => Promise<T>,
): Promise<T> {
  const held = new HeldConnections();
  const orm = await createOrm({
    database: config.DATABASE,
    applicationName: `outrider-${definition.name}-migrate`,
    entities: [],
    migrations: migrationsOf(definition),
    // one holds the lock while the other runs the migrations
    poolSize: 2,
    pooled: config.DATABASE_POOLED,
    queryTimeoutMs: 0,
    watchClientMs: WATCH_CLIENT_MS,
    observePool: (pool) => held.watch(pool),
    log: (message) => log.debug({}, message),
  });
  try {
    return await waitForServer('the database', config.MIGRATE_WAIT_MS, log, () => held.closedAfter(() => work(orm)));
  } finally {
    await orm.close();
  }
}

async function withAdmin<T>(
  definition: Migrated,
  config: MigrateConfig,
  log: Logger,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const clientId = `outrider-${definition.name}-migrate`;
  return waitForServer('Kafka', config.MIGRATE_WAIT_MS, log, async () => {
    const admin = createKafka({ clientId, server: config.KAFKA, log }).admin();
    try {
      await admin.connect();
      return await work(admin);
    } catch (error) {
      throw topicRefusal(error) ?? error;
    } finally {
      await admin.disconnect();
    }
  });
}
