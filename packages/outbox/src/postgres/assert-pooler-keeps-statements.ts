import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { OutboxError } from '../errors.js';
import { addressOf, type PostgresAddress } from './postgres-address.js';

/** Other clients that look for the session in which ours prepared its statement. */
const MOST_OTHERS = 8;

/** A pooler whose sessions are all taken lets its clients wait. */
const TIMEOUT_MS = 3_000;

const GONE = '26000';

/**
 * Sees whether a transaction pooler keeps a client's prepared statements: PgBouncer does from 1.21 on, unless its
 * max_prepared_statements is 0. One that hands them on as they are lets one client run what another has prepared, or
 * find nothing, since its next transaction may be in another session.
 *
 * One client prepares a statement under a name that nobody else has; others then take the pooler's sessions, one after
 * the other. Where one comes to the first one's session, the statement must not stand there under that name. Where none
 * does, the session is the first one's own (no pooler, or one that pools sessions), or the statement is still there in
 * another one.
 *
 * @param name what the database is called in the error
 * @throws OutboxError OUTBOX_POOLER_FORGETS; what connecting throws
 */
export async function assertPoolerKeepsStatements(name: string, database: PostgresAddress): Promise<void> {
  const statement = {
    name: `outrider_trial_${randomBytes(16).toString('hex')}`,
    text: 'SELECT pg_backend_pid() AS pid',
  };
  const clients: pg.Client[] = [];
  const open = async (): Promise<pg.Client> => {
    const client = new pg.Client({
      ...addressOf(database),
      application_name: 'outrider-trial',
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
    });
    // what breaks is told by the statement that is under way
    client.on('error', () => undefined);
    clients.push(client);
    await client.connect();
    return client;
  };
  const refused = (): OutboxError =>
    new OutboxError(
      'OUTBOX_POOLER_FORGETS',
      `${name} is reached through a transaction pooler that does not keep prepared statements, so that one process could ` +
        'be given what another one asked for: use PgBouncer 1.21 or later with max_prepared_statements above 0',
    );
  try {
    const first = await open();
    const ours = await pidOf(first, statement);
    while (clients.length <= MOST_OTHERS) {
      const other = await open();
      const seen = await lookFrom(other, statement.name);
      if (seen === undefined) break;
      if (seen.found) throw refused();
      if (seen.pid === ours) return;
    }
    await pidOf(first, statement).catch((error: unknown) => {
      if (codeOf(error) === GONE) throw refused();
      if (!isTimeout(error)) throw error;
    });
  } finally {
    await Promise.allSettled(clients.map((client) => client.end()));
  }
}

async function pidOf(client: pg.Client, statement: { name: string; text: string }): Promise<number | undefined> {
  return (await client.query<{ pid: number }>(statement)).rows[0]?.pid;
}

/** Takes a session, keeps it, and looks for the statement in it; undefined where there was none to be had. */
async function lookFrom(client: pg.Client, name: string): Promise<{ pid: number; found: boolean } | undefined> {
  try {
    await client.query('BEGIN');
    // of letters and digits; without parameters, so that nothing is prepared for this
    const { rows } = await client.query<{ pid: number; found: boolean }>(
      `SELECT pg_backend_pid() AS pid, EXISTS (SELECT 1 FROM pg_prepared_statements WHERE name='${name}') AS found`,
    );
    return rows[0];
  } catch (error) {
    if (isTimeout(error)) return undefined;
    throw error;
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
