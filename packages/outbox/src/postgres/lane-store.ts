import type pg from 'pg';
import type { LaneStore } from '../outbox-store.js';
import { acknowledge } from '../statements/acknowledge.js';
import { clearFailures } from '../statements/clear-failures.js';
import { parkFollowers } from '../statements/park-followers.js';
import { parkKey } from '../statements/park-key.js';
import { readPage, readPageAndXmin } from '../statements/read-page.js';
import { retryParkedKey } from '../statements/retry-key.js';
import { preparingClient } from './preparing-client.js';

/** LaneStore on one connection. */
export function laneStore(client: pg.Client): LaneStore {
  const preparing = preparingClient(client);
  return {
    readPage: (...args) => readPage(preparing, ...args),
    readPageAndXmin: (...args) => readPageAndXmin(preparing, ...args),
    acknowledge: (...args) => acknowledge(preparing, ...args),
    parkKey: (...args) => parkKey(client, ...args),
    parkFollowers: (...args) => parkFollowers(client, ...args),
    clearFailures: (...args) => clearFailures(client, ...args),
    retryDueKey: async (shard, key) => {
      await client.query('BEGIN');
      try {
        await retryParkedKey(client, shard, key, 'due', null);
        await client.query('COMMIT');
      } catch (error) {
        // This error ends the session, its connection and the transaction with it; behind a pooler it is better ended
        // here.
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    },
  };
}
