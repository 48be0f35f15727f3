import { setTimeout } from 'node:timers/promises';
import pg from 'pg';

/** PostgreSQL cuts longer names silently. */
const LONGEST_NAME = 63;
/** So long may a server take to end the sessions of clients that have left. */
const SESSIONS_END_MS = 500;

/**
 * Makes an empty database unless there is one of that name.
 *
 * @param adminUrl of a user who may create databases, to any existing database
 * @param owner the role that owns it, unless it is the user; the user must be a member of it
 * @returns the URL of the database, for the same user
 */
export async function createDatabase(adminUrl: string, name: string, owner?: string): Promise<string> {
  if (name.length > LONGEST_NAME)
    throw new RangeError(`a database name has at most ${LONGEST_NAME} characters: ${name}`);
  await withClient(adminUrl, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    const owned = owner === undefined ? '' : ` owner ${pg.escapeIdentifier(owner)}`;
    if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)}${owned}`);
  });
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}

/** Drops a database, ending the sessions in it; nothing happens when there is none. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    // A pool that has ended does not wait for the server. Sessions ended by force meanwhile would send an error to clients
    // that nobody listens to any more, which ends the process.
    const endsAt = Date.now() + SESSIONS_END_MS;
    for (;;) {
      const { rows } = await client.query('select 1 from pg_stat_activity where datname = $1 limit 1', [name]);
      if (rows.length === 0 || Date.now() > endsAt) break;
      await setTimeout(20);
    }
    await client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
  });
}

/** Whether this user may create roles. */
export async function mayCreateRoles(adminUrl: string): Promise<boolean> {
  return withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ may: boolean }>(
      'select rolsuper or rolcreaterole as may from pg_roles where rolname = current_user',
    );
    return rows[0]?.may === true;
  });
}

export interface NewRole {
  readonly name: string;
  /** undefined: it logs in with a certificate */
  readonly password?: string | undefined;
}

/**
 * Makes roles that may log in and nothing else.
 *
 * @param adminUrl of a user who may create roles; it becomes a member of each, so that it may give databases to them
 * @param group a role that they are members of, made unless it is there
 */
export async function createRoles(adminUrl: string, roles: readonly NewRole[], group?: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    if (group !== undefined) {
      const { rowCount } = await client.query('select from pg_roles where rolname = $1', [group]);
      if (rowCount === 0) await client.query(`create role ${pg.escapeIdentifier(group)}`);
    }
    for (const { name, password } of roles) {
      const login = password === undefined ? '' : ` password ${pg.escapeLiteral(password)}`;
      await client.query(`create role ${pg.escapeIdentifier(name)} login${login}`);
      // who creates a role is its administrator, no more
      await client.query(`grant ${pg.escapeIdentifier(name)} to current_user with inherit true, set true`);
      if (group !== undefined)
        await client.query(`grant ${pg.escapeIdentifier(group)} to ${pg.escapeIdentifier(name)}`);
    }
  });
}

/** Drops roles that own nothing any more; nothing happens for those that are not there. */
export async function dropRoles(adminUrl: string, names: readonly string[]): Promise<void> {
  await withClient(adminUrl, (client) =>
    client.query(`drop role if exists ${names.map((name) => pg.escapeIdentifier(name)).join(', ')}`),
  );
}

/** A connection for a piece of work, closed at its end. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
