/** A connection of a pool; a client of a `pg` pool fits as it is. */
interface PooledClient {
  query(text: string): Promise<unknown>;
  release(broken?: Error | boolean): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
}

/**
 * Runs work in a transaction on a connection of a pool: committed when the work resolves, rolled back when it rejects.
 * READ COMMITTED is explicit, because a role may have another default: a fence needs a new snapshot for each statement.
 *
 * @param isBroken whether the connection is closed after this error, not returned to its pool; after a failed rollback it
 *   always is
 */
export async function poolTransaction<C extends PooledClient, T>(
  connect: () => Promise<C>,
  isBroken: (error: unknown) => boolean,
  work: (client: C) => Promise<T>,
): Promise<T> {
  const client = await connect();
  let broken: Error | boolean | undefined;
  // A connection that breaks while it is held says so by an event too, and a pool does not listen meanwhile: the process would end.
  const lost = (error: Error): void => {
    broken = error;
  };
  client.on('error', lost);
  try {
    await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    broken ??= isBroken(error);
    await client.query('ROLLBACK').catch((failed: Error) => (broken = failed));
    throw error;
  } finally {
    client.removeListener('error', lost);
    client.release(broken);
  }
}
