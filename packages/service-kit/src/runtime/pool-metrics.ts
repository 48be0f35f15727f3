import { REFUSALS, refusalOf } from '@outrider/common';
import type pg from 'pg';
import type { Registry } from 'prom-client';
import { counter, gauge, histogram } from '../metrics/index.js';

/** Shows how a pool of connections is used, how long its users wait for one, and why connections are refused. */
export function poolMetrics(registry: Registry): (pool: pg.Pool) => void {
  let pool: pg.Pool | undefined;
  const connections = gauge(registry, {
    name: 'database_pool_connections',
    help: 'Connections to the database that this process holds: idle ones, and busy ones, which a transaction or statement uses',
    labels: { state: ['idle', 'busy'] },
    addUp: 'sum',
    collect() {
      const { totalCount = 0, idleCount = 0 } = pool ?? {};
      connections.set({ state: 'idle' }, idleCount);
      connections.set({ state: 'busy' }, totalCount - idleCount);
    },
  });
  const waited = histogram(registry, {
    name: 'database_pool_wait_seconds',
    help: 'Time until a transaction or statement was given a connection, opened or idle',
  });
  const refused = counter(registry, {
    name: 'database_connections_refused_total',
    help: 'Connections that the database refused, for a reason that only an operator can change',
    labels: { reason: REFUSALS },
  });
  return (made) => {
    pool = made;
    const connect = made.connect.bind(made) as () => Promise<pg.PoolClient>;
    // the ORM takes connections in this form alone, and never by pool.query
    const measured = async (): Promise<pg.PoolClient> => {
      const begunMs = performance.now();
      try {
        return await connect();
      } catch (error) {
        const reason = refusalOf(error);
        if (reason !== undefined) refused.inc({ reason });
        throw error;
      } finally {
        waited.observe((performance.now() - begunMs) / 1_000);
      }
    };
    made.connect = measured as typeof made.connect;
  };
}
