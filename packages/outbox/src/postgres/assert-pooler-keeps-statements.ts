import { errorCode } from '@outrider/common';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { OutboxError } from '../errors.js';
import { addressOf, type PostgresAddress } from './postgres-address.js';

/** Other clients that look for the session in which the first prepared its statement. */
const MAX_OTHERS = 8;

/** A pooler whose sessions are all in use makes its clients wait. */
const TIMEOUT_MS = 3_000;

const GONE = '26000';

/**
 * Checks that a transaction pooler keeps a client's prepared statements: PgBouncer does from 1.21 on, unless its
 * max_prepared_statements is 0. With one that passes them through, a client may run what another has prepared, or find
 * nothing, since its next transaction may be in another session.
 *
 * One client prepares a statement under a unique name; others then occupy the pooler's sessions, one after the other. If
 * one of them gets the first one's session, the statement must not be found there under that name. If none does, the
 * session is the first one's own (no pooler, or one that pools sessions), or the statement must still work in another.
 *
 * @param name the database's name, for the error
 * @throws OutboxError OUTBOX_POOLER_FORGETS; whatever connecting throws
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
    // a broken connection fails the statement in flight
    client.on('error', () => undefined);
    clients.push(client);
    await client.connect();
    return client;
  };
  const refused = (): OutboxError =>
    new OutboxError(
      'OUTBOX_POOLER_FORGETS',
      `${name} is reached through a transaction pooler that does not keep prepared statements, so that one process could ` +
        'run the statement of another: use PgBouncer 1.21 or later with max_prepared_statements above 0',
    );
  try {
    const first = await open();
    const ours = await pidOf(first, statement);
    while (clients.length <= MAX_OTHERS) {
      const other = await open();
      const seen = await lookFrom(other, statement.name);
      if (seen === undefined) break;
      if (seen.found) throw refused();
      if (seen.pid === ours) return;
    }
    await pidOf(first, statement).catch((error: unknown) => {
      if (errorCode(error) === GONE) throw refused();
      if (!isTimeout(error)) throw error;
    });
  } finally {
    await Promise.allSettled(clients.map((client) => client.end()));
  }
}

async function pidOf(client: pg.Client, statement: { name: string; text: string }): Promise<number | undefined> {
  return (await client.query<{ pid: number }>(statement)).rows[0]?.pid;
}

/** Occupies a session and looks for the statement in it; undefined when all sessions are in use. */
async function lookFrom(client: pg.Client, name: string): Promise<{ pid: number; found: boolean } | undefined> {
  try {
    await client.query('BEGIN');
    // alphanumeric; without parameters, so that nothing is prepared for this
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
