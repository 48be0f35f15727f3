import type { MigrationObject } from '@mikro-orm/core';
import { createOrm, sqlMigrations, sqlOf, type MikroORM } from '../database/index.js';
import { eventTables } from '../event-tables/index.js';
import { idempotencyMigrations } from '../idempotency/index.js';
import type { Logger } from '../logging/index.js';
import type { ServiceConfig } from './config.js';
import type { ServiceDefinition } from './service.js';

type WithMigrations = Pick<ServiceDefinition<ServiceConfig>, 'migrations'>;

/** A service's whole schema, in the order in which it is made. */
function migrationsOf(definition: WithMigrations): readonly MigrationObject[] {
  return [...sqlMigrations([...eventTables, ...idempotencyMigrations]), ...definition.migrations];
}

/** The ORM of a service, not connected yet: it connects when it is first used, and again whenever it must. */
export async function ormOf<C extends ServiceConfig>(
  definition: Pick<ServiceDefinition<C>, 'name' | 'entities' | 'migrations'>,
  config: C,
  log: Logger,
  queryTimeoutMs?: number,
): Promise<MikroORM> {
  return createOrm({
    databaseUrl: config.DATABASE_URL,
    applicationName: `outrider-${definition.name}`,
    entities: definition.entities,
    migrations: migrationsOf(definition),
    poolSize: config.DATABASE_POOL,
    pooled: config.DATABASE_POOLED,
    maxAgeMs: config.CONNECTION_MAX_AGE_MS,
    ...(queryTimeoutMs === undefined ? {} : { queryTimeoutMs }),
    log: (message) => log.debug({}, message),
  });
}

/**
 * Which migrations the database still lacks. Looks only: a service's role need not be able to change the schema.
 * Migrations the database has beyond these are a newer version's and do not disturb.
 */
export async function missingMigrations(definition: WithMigrations, orm: MikroORM): Promise<readonly string[]> {
  const wanted = migrationsOf(definition).map(({ name }) => name);
  try {
    const { rows } = await sqlOf(orm.em.fork()).query<{ name: string }>('SELECT name FROM mikro_orm_migrations');
    const there = new Set(rows.map(({ name }) => name));
    return wanted.filter((name) => !there.has(name));
  } catch (error) {
    if (isUndefinedTable(error)) return wanted;
    throw error;
  }
}

/** Is a table not there (yet)? */
export function isUndefinedTable(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '42P01';
}
