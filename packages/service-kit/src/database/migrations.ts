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
  readonly index?: OnlineIndex;
}

/** An index that is built while others write. */
export interface OnlineIndex {
  readonly index: string;
  /** `table(columns) WHERE …` */
  readonly on: string;
}

type MigrationText = { readonly name: string } & (
  | { readonly sql: string; readonly phase?: MigrationPhase }
  /** of a table that may be large already: in a transaction nobody could write to it until all migrations have run */
  | OnlineIndex
);

/**
 * Migrations from plain SQL texts, `expand` by default, run in the order given in one transaction; then indexes, each by
 * itself.
 */
export function sqlMigrations(texts: readonly MigrationText[]): ServiceMigration[] {
  return texts.map((text) => {
    const sql = 'sql' in text ? text.sql : buildOf(text);
    return {
      name: text.name,
      phase: ('sql' in text ? text.phase : undefined) ?? 'expand',
      ...('sql' in text ? {} : { index: { index: text.index, on: text.on } }),
      class: class extends Migration {
        override up(): void {
          this.addSql(sql);
        }
      },
    };
  });
}

const buildOf = ({ index, on }: OnlineIndex): string => `CREATE INDEX CONCURRENTLY ${index} ON ${on}`;

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
 * Runs those of the migrations of a phase that the database does not have yet, all or none, and then builds indexes, which
 * waits for transactions that are open; two at once wait for each other.
 * `contract` includes `expand`. A database that has none of the migrations gets those of both phases: no older version uses it.
 * @returns the names of those that were run
 */
export async function migrate(
  orm: MikroORM,
  migrations: readonly Pick<ServiceMigration, 'name' | 'phase' | 'index'>[],
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
    const together = pending.flatMap(({ name, index }) => (index === undefined ? [name] : []));
    const done = together.length === 0 ? [] : await orm.migrator.up({ migrations: together });
    const built: string[] = [];
    for (const { name, index } of pending) {
      if (index === undefined) continue;
      await buildOnline(orm, index);
      await orm.migrator.logMigration(name);
      built.push(name);
    }
    return [...done.map(({ name }) => name), ...built];
  });
}

/** What a build that was cut off has left is there and is not used: it is built again. */
async function buildOnline(orm: MikroORM, online: OnlineIndex): Promise<void> {
  const sql = sqlOf(orm.em.fork());
  await sql.query(`DROP INDEX CONCURRENTLY IF EXISTS ${online.index}`);
  await sql.query(buildOf(online));
}

/** Is a table not there (yet)? */
export function isUndefinedTable(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '42P01';
}
