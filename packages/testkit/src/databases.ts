import pg from 'pg';

/** PostgreSQL cuts longer names silently. */
const LONGEST_NAME = 63;

/**
 * Makes an empty database unless there is one of that name.
 *
 * @param adminUrl of a user who may create databases, to any existing database
 * @returns the URL of the database, for the same user
 */
export async function createDatabase(adminUrl: string, name: string): Promise<string> {
  if (name.length > LONGEST_NAME)
    throw new RangeError(`a database name has at most ${LONGEST_NAME} characters: ${name}`);
  await withClient(adminUrl, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)}`);
  });
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}

/** Drops a database, ending the sessions in it; nothing happens when there is none. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await withClient(adminUrl, (client) =>
    client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`),
  );
}

async function withClient(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
