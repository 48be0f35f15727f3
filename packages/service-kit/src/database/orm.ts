import type { EntitySchema, MigrationObject } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { keepSessionsFresh } from '@outrider/outbox';
import type pg from 'pg';
import { clientOf, type PostgresServer } from '@outrider/connections';
import { ServiceClient } from './service-client.js';
import { tryRefusedLoginsAgain } from './try-refused-logins-again.js';

// A service finds its rows by their keys, and the plan of a prepared statement is kept: one made while a table was new
// reads all of it, row after row, until it is analysed (docs/decisions/130). Given with the connection and never by SET,
// which leaks through a pooler to other clients. Where a list is a parameter PostgreSQL
// would plan again each time, since it takes a list that it does not see for ten long.
const PLANNER = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
  plan_cache_mode: 'force_generic_plan',
};

/** Far longer than a healthy process does other things between two statements (docs/decisions/140). */
const IDLE_IN_TRANSACTION_MS = 10_000;

const MAX_AGE_MS = 1_800_000;

/** The session settings of a service's role, for where a pooler keeps them from being given with a connection. */
export const serviceSessionSettings: Readonly<Record<string, string>> = {
  ...PLANNER,
  idle_in_transaction_session_timeout: String(IDLE_IN_TRANSACTION_MS),
};

const pools = new WeakMap<MikroORM, () => pg.Pool>();

/** The connections that an ORM of `createOrm` uses. */
export function poolOf(orm: MikroORM): pg.Pool {
  const pool = pools.get(orm);
  if (pool === undefined) throw new Error('this ORM was not made by createOrm');
  return pool();
}

/** A service's ORM. Entities are listed: none is discovered from files. */
export async function createOrm(options: {
  readonly database: PostgresServer;
  readonly applicationName: string;
  readonly entities: readonly EntitySchema[];
  readonly migrations: readonly MigrationObject[];
  readonly poolSize: number;
  /** Behind a transaction pooler, which refuses startup options: the role must have these settings. */
  readonly pooled?: boolean;
  /** No connection is kept for longer, up to a fifth less; 1,800,000 by default. */
  readonly maxAgeMs?: number;
  /**
   * A statement without an answer after this many milliseconds has failed, and its connection is closed: one that is half
   * open would hang for many minutes. 30,000 by default; 0: no limit.
   */
  readonly queryTimeoutMs?: number;
  /**
   * A transaction that was idle for this many milliseconds is ended by the database, with its locks: its process is paused,
   * or has gone without closing the connection. 10,000 by default.
   */
  readonly idleInTransactionMs?: number;
  /**
   * How often, in milliseconds, the database checks that this process still exists while a statement runs, so that a migration whose
   * process has ended is rolled back at once; by default never.
   */
  readonly watchClientMs?: number;
  /** called with the pool of connections, before its first use */
  readonly observePool?: (pool: pg.Pool) => void;
  /** takes the ORM's own messages */
  readonly log: (message: string) => void;
}): Promise<MikroORM> {
  const idle = options.idleInTransactionMs ?? IDLE_IN_TRANSACTION_MS;
  const settings = {
    ...PLANNER,
    idle_in_transaction_session_timeout: String(idle),
    ...(options.watchClientMs === undefined ? {} : { client_connection_check_interval: String(options.watchClientMs) }),
  };
  let pool: pg.Pool | undefined;
  const orm = await MikroORM.init({
    // the ORM reads no more of a URL than host, port, user, password and name; the clients connect by themselves
    clientUrl: `postgresql://localhost/${encodeURIComponent(options.database.connection().database ?? '')}`,
    entities: [...options.entities],
    extensions: [Migrator],
    migrations: { migrationsList: [...options.migrations], snapshot: false, allOrNothing: true, transactional: true },
    pool: { min: 1, max: options.poolSize },
    driverOptions: {
      Client: clientOf(options.database, ServiceClient),
      onPoolCreated: (created: pg.Pool) => {
        pool = created;
        keepSessionsFresh(created, { maxAgeMs: options.maxAgeMs ?? MAX_AGE_MS });
        tryRefusedLoginsAgain(created);
        options.observePool?.(created);
      },
      application_name: options.applicationName,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: 5_000,
      query_timeout: options.queryTimeoutMs ?? 30_000,
      ...(options.pooled === true
        ? {}
        : {
            options: Object.entries(settings)
              .map(([name, value]) => `-c ${name}=${value}`)
              .join(' '),
          }),
    },
    discovery: { warnWhenNoEntities: false },
    forceUtcTimezone: true,
    logger: options.log,
    colors: false,
    ensureDatabase: false,
  });
  pools.set(orm, () => {
    // the ORM makes its pool when it is first asked for its client
    if (pool === undefined) orm.em.getConnection().getClient();
    if (pool === undefined) throw new Error('the ORM has made no pool');
    return pool;
  });
  return orm;
}
