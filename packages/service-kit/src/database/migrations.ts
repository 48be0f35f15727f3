import type { MigrationObject } from '@mikro-orm/core';
import { Migration } from '@mikro-orm/migrations';
import type { MikroORM } from '@mikro-orm/postgresql';
import { sqlOf } from './sql.js';

/**
 * When a migration runs in a roll-out. `expand`: before the new version starts, while processes of the old one go on; it
 * only adds what the old one does not see. `contract`: when no process of the old version is left; it takes away what
 * only that one used.
 */
export type MigrationPhase = 'expand' | 'contract';

export interface ServiceMigration extends MigrationObject {
  readonly phase: MigrationPhase;
}

/** Migrations from plain SQL texts, run in the order given; `expand` by default. */
export function sqlMigrations(
  texts: readonly { readonly name: string; readonly sql: string; readonly phase?: MigrationPhase }[],
): ServiceMigration[] {
  return texts.map(({ name, sql, phase = 'expand' }) => ({
    name,
    phase,
    class: class extends Migration {
      override up(): void {
        this.addSql(sql);
      }
    },
  }));
}

/**
 * Those of the migrations that the database does not have yet. Only reads: the role need not be able to change the
 * schema. Migrations that the database has besides are a newer version's and do no harm.
 */
export async function pendingMigrations<M extends { readonly name: string }>(
  orm: MikroORM,
  migrations: readonly M[],
): Promise<M[]> {
  try {
    const { rows } = await sqlOf(orm.em.fork()).query<{ name: string }>('SELECT name FROM mikro_orm_migrations');
    const there = new Set(rows.map(({ name }) => name));
    return migrations.filter(({ name }) => !there.has(name));
  } catch (error) {
    if (isUndefinedTable(error)) return [...migrations];
    throw error;
  }
}

/**
 * Runs those of the migrations of a phase that the database does not have yet, all or none; two at once wait for each other.
 * `contract` includes `expand`. A database that has none of the migrations gets those of both phases: no older version uses it.
 * @returns the names of those that were run
 */
export async function migrate(
  orm: MikroORM,
  migrations: readonly Pick<ServiceMigration, 'name' | 'phase'>[],
  phase: MigrationPhase,
): Promise<readonly string[]> {
  // a session lock of its own connection would not survive a pooler; a transaction's does
  return orm.em.fork().transactional(async (em) => {
    // it says nothing while the migrations run, on a connection of their own
    await sqlOf(em).query('SET LOCAL idle_in_transaction_session_timeout = 0');
    await sqlOf(em).query(`SELECT pg_advisory_xact_lock(hashtextextended('outrider migrate', 0))`);
    const missing = await pendingMigrations(orm, migrations);
    const both = phase === 'contract' || missing.length === migrations.length;
    const pending = missing.filter((migration) => both || migration.phase === 'expand');
    if (pending.length === 0) return [];
    const done = await orm.migrator.up({ migrations: pending.map(({ name }) => name) });
    return done.map(({ name }) => name);
  });
}

/** Is a table not there (yet)? */
export function isUndefinedTable(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '42P01';
}
