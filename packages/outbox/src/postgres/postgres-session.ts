import type pg from 'pg';
import type { Claimed, LaneStore, StoredLease, StoreSession, Tended } from '../outbox-store.js';
import { announceFree } from '../statements/notify-shards-free.js';
import { claim } from '../statements/claim.js';
import { leave } from '../statements/remove-relay.js';
import { probe } from '../statements/has-pending.js';
import { release } from '../statements/release.js';
import { tend } from '../statements/heartbeat.js';

/** A connection that does not take its leave in this time is left to the operating system. */
const CLOSE_MS = 1_000;

/** StoreSession on a connection for itself and one for each lane. */
export class PostgresSession implements StoreSession {
  /** The end of the last statement on the connection that pulse and lanes share: one at a time. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly control: pg.Client,
    readonly lanes: readonly LaneStore[],
    readonly listens: boolean,
    private readonly clients: readonly pg.Client[],
  ) {}

  tend(owner: string, leases: readonly StoredLease[], ttlMs: number): Promise<Tended> {
    return this.#inTurn(() => tend(this.control, owner, leases, ttlMs));
  }

  claim(owner: string, held: readonly number[], ttlMs: number): Promise<readonly Claimed[]> {
    return this.#inTurn(() => claim(this.control, owner, held, ttlMs));
  }

  release(owner: string, leases: readonly StoredLease[]): Promise<void> {
    return this.#inTurn(() => release(this.control, owner, leases));
  }

  probe(shards: readonly number[]): Promise<boolean> {
    return this.#inTurn(() => probe(this.control, shards));
  }

  leave(owner: string): Promise<void> {
    return this.#inTurn(() => leave(this.control, owner));
  }

  announceFree(): Promise<void> {
    return this.#inTurn(() => announceFree(this.control));
  }

  #inTurn<T>(statement: () => Promise<T>): Promise<T> {
    const next = this.#last.then(statement);
    this.#last = next.catch(() => undefined);
    return next;
  }

  async close(): Promise<void> {
    await closeClients(this.clients);
  }
}

export async function closeClients(clients: readonly pg.Client[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_MS);
  });
  await Promise.race([Promise.allSettled(clients.map((client) => client.end())), late]);
  clearTimeout(timer);
}
