import type pg from 'pg';
import {
  createOrm,
  pendingMigrations,
  sqlMigrations,
  type MikroORM,
  type ServiceMigration,
} from '../database/index.js';
import { eventTables } from '../event-tables/index.js';
import { idempotencyMigrations } from '../idempotency/index.js';
import type { Logger } from '../logging/index.js';
import type { ServiceConfig } from './config.js';
import type { ServiceDefinition } from './service.js';

type WithMigrations = Pick<ServiceDefinition<ServiceConfig>, 'migrations'>;

/** A service's whole schema, in the order in which it is made. */
export function migrationsOf(definition: WithMigrations): readonly ServiceMigration[] {
  return [...sqlMigrations([...eventTables, ...idempotencyMigrations]), ...definition.migrations];
}

/** The ORM of a service. It connects when it is first used, and again when a connection broke. */
export async function ormOf<C extends ServiceConfig>(
  definition: Pick<ServiceDefinition<C>, 'name' | 'entities' | 'migrations'>,
  config: C,
  log: Logger,
  observePool?: (pool: pg.Pool) => void,
): Promise<MikroORM> {
  return createOrm({
    database: config.DATABASE,
    applicationName: `outrider-${definition.name}`,
    entities: definition.entities,
    migrations: migrationsOf(definition),
    poolSize: config.DATABASE_POOL,
    pooled: config.DATABASE_POOLED,
    maxAgeMs: config.CONNECTION_MAX_AGE_MS,
    ...(observePool === undefined ? {} : { observePool }),
    log: (message) => log.debug({}, message),
  });
}

/**
 * Which migrations a process of this version waits for: those of its expand phase. Whether the contract phase
 * has run makes no difference to it.
 */
export async function missingMigrations(definition: WithMigrations, orm: MikroORM): Promise<readonly string[]> {
  const expand = migrationsOf(definition).filter(({ phase }) => phase === 'expand');
  return (await pendingMigrations(orm, expand)).map(({ name }) => name);
}
