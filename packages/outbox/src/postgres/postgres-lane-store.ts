import type pg from 'pg';
import type { Fenced, KeyedEvent, KeyFailure, LaneStore, PendingEvent, StoredLease } from '../outbox-store.js';
import { acknowledge } from '../statements/acknowledge.js';
import { followKeys } from '../statements/park-followers.js';
import { forgetKey } from '../statements/clear-failures.js';
import { parkKey } from '../statements/park-key.js';
import { readPage, readPageAndAge } from '../statements/read-page.js';
import { retryParkedKey } from '../statements/retry-key.js';
import type { PreparingClient } from './preparing-client.js';
import { statementName } from './statement-name.js';

/** A parser for each value of a row is a tenth of what reading a page costs the process; most are wanted as text. */
const AS_TEXT: pg.CustomTypesConfig = { getTypeParser: () => (text: string) => text };

/** LaneStore on one connection. */
export class PostgresLaneStore implements LaneStore, PreparingClient {
  constructor(private readonly client: pg.Client) {}

  async rows<R extends (string | null)[]>(text: string, values: readonly unknown[]): Promise<R[]> {
    const name = statementName(text);
    return (await this.client.query<R>({ name, text, values: [...values], rowMode: 'array', types: AS_TEXT })).rows;
  }

  readPage(
    leases: readonly StoredLease[],
    perShard: number,
    maxBytes: number,
    butNot: readonly string[] = [],
  ): Promise<readonly PendingEvent[]> {
    return readPage(this, leases, perShard, maxBytes, butNot);
  }

  readPageAndAge(
    leases: readonly StoredLease[],
    perShard: number,
    maxBytes: number,
    butNot: readonly string[] = [],
  ): Promise<{ readonly events: readonly PendingEvent[]; readonly xmin: string }> {
    return readPageAndAge(this, leases, perShard, maxBytes, butNot);
  }

  acknowledge(
    owner: string,
    leases: readonly StoredLease[],
    events: readonly PendingEvent[],
  ): Promise<Fenced & { readonly xid: string }> {
    return acknowledge(this, owner, leases, events);
  }

  park(owner: string, lease: StoredLease, failure: KeyFailure): Promise<Fenced & { readonly dead: boolean }> {
    return parkKey(this.client, owner, lease, failure);
  }

  follow(owner: string, leases: readonly StoredLease[], events: readonly KeyedEvent[]): Promise<Fenced> {
    return followKeys(this.client, owner, leases, events);
  }

  async unpark(shard: number, key: string): Promise<void> {
    await this.client.query('BEGIN');
    try {
      await retryParkedKey(this.client, shard, key, 'due', null);
      await this.client.query('COMMIT');
    } catch (error) {
      // The connection goes with the session that this error ends, and the transaction with it; on a pooler it is
      // better ended by hand.
      await this.client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  forget(shard: number, key: string): Promise<void> {
    return forgetKey(this.client, shard, key);
  }
}
