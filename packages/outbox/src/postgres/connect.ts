import pg from 'pg';
import { addressOf, type PostgresAddress } from './postgres-address.js';

// A cached plan of a page must never hold a sequential scan of tomorrow's still empty partition. Given with the
// connection and never by SET, which leaks through a pooler to other clients.
const PLANNER = {
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_memoize: 'off',
  jit: 'off',
  plan_cache_mode: 'force_generic_plan',
  default_transaction_isolation: 'read committed',
};

// What a lane writes may be lost in a crash of the database: the pointers are there again, and the events are sent again
// under the same ids. So a lane does not wait for the disk.
const LANE = { synchronous_commit: 'off' };

/** The session settings of a relay's role, for where a pooler keeps them from being given with a connection. */
export const relaySessionSettings: Readonly<Record<string, string>> = {
  ...PLANNER,
  idle_in_transaction_session_timeout: '5s',
};

export interface ConnectionOptions {
  readonly database: PostgresAddress;
  /** Behind a transaction pooler, which refuses startup options: the role must have the planner's settings. */
  readonly pooled: boolean;
  readonly lane: boolean;
  readonly connectTimeoutMs: number;
  /**
   * A statement without an answer for this time ends the connection. The database ends one whose transaction is idle for
   * this time: a relay that is paused inside one would keep its shards' leases locked from all others.
   */
  readonly queryTimeoutMs: number;
}

/** A connected client; `lost` is called when it breaks. */
export async function connect(options: ConnectionOptions, lost: (error: Error) => void): Promise<pg.Client> {
  const settings = {
    ...PLANNER,
    ...(options.lane ? LANE : {}),
    idle_in_transaction_session_timeout: String(options.queryTimeoutMs),
  };
  const client = new pg.Client({
    ...addressOf(options.database),
    application_name: 'outbox-relay',
    keepAlive: true,
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: options.queryTimeoutMs,
    ...(options.pooled ? {} : { options: startupOptions(settings) }),
  });
  client.on('error', lost);
  await client.connect();
  client.on('end', () => lost(new Error('the connection was closed')));
  return client;
}

function startupOptions(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`)
    .join(' ');
}
