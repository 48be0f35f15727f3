import type pg from 'pg';
import { endsSession, isStaleSession } from './session-faults.js';

/** Share of the longest life by which a session may live shorter, so that those opened together do not end together. */
const JITTER = 0.2;

/** The connection beneath `pg`'s client: all of the server's messages. */
interface Wire {
  readonly connection: { on(event: 'errorMessage', listener: (error: Error) => void): void };
}

/**
 * Keeps a pool free of sessions that are of no more use. One that gets such an error (see endsSession) is closed when it
 * is returned; where its age was at fault, all that were open then are, idle ones at once. None lives longer than
 * `maxAgeMs` (and up to a fifth less), and none is ended for its age while it is in use.
 *
 * To be called before the pool is used.
 */
export function keepSessionsFresh(pool: pg.Pool, { maxAgeMs }: { readonly maxAgeMs: number }): void {
  const open = new Set<pg.PoolClient>();
  const condemned = new WeakSet<pg.PoolClient>();
  // a getter, since the pool reads it at each connection
  Object.defineProperty(pool.options, 'maxLifetimeSeconds', {
    get: () => (maxAgeMs * (1 - JITTER * Math.random())) / 1_000,
    enumerable: true,
    configurable: true,
  });
  const condemnAll = (): void => {
    for (const client of open) condemned.add(client);
    // each idle one is taken out, and closed as it is returned; other requests queue behind these
    for (let idle = pool.idleCount; idle > 0; idle -= 1) {
      pool.connect().then(
        (client) => client.release(),
        () => undefined,
      );
    }
  };
  pool.on('connect', (client) => {
    open.add(client);
    (client as unknown as Wire).connection.on('errorMessage', (error) => {
      if (!endsSession(error)) return;
      condemned.add(client);
      if (isStaleSession(error)) condemnAll();
    });
  });
  pool.on('remove', (client) => open.delete(client));
  pool.on('release', (_error, client) => {
    // the pool removes a client that is ending
    if (condemned.has(client)) void (client as unknown as pg.Client).end();
  });
}
