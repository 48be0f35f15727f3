import type pg from 'pg';
import type { OutboxStore, SessionEvents, StoreSession } from '../outbox-store.js';
import { FREE } from '../statements/notify-shards-free.js';
import { namedShards } from '../statements/notify.js';
import { assertPoolerKeepsStatements } from './assert-pooler-keeps-statements.js';
import { connect } from './connect.js';
import { PostgresLaneStore } from './postgres-lane-store.js';
import { closeClients, PostgresSession } from './postgres-session.js';

/** Times in milliseconds. */
export interface PostgresOutboxStoreOptions {
  readonly url: string;
  /**
   * The URL leads through a transaction pooler: no LISTEN (the relay polls), and the planner's settings are those of
   * the role. False unless told.
   */
  readonly pooled?: boolean;
  /** 5,000. */
  readonly connectTimeoutMs?: number;
  /** A statement without an answer for so long ends the session: a half-open connection says nothing. 5,000. */
  readonly queryTimeoutMs?: number;
}

/** OutboxStore on PostgreSQL. */
export class PostgresOutboxStore implements OutboxStore {
  #poolerTried = false;

  constructor(private readonly options: PostgresOutboxStoreOptions) {}

  async connect(lanes: number, events: SessionEvents): Promise<StoreSession> {
    const { url, pooled = false, connectTimeoutMs = 5_000, queryTimeoutMs = 5_000 } = this.options;
    if (pooled && !this.#poolerTried) {
      await assertPoolerKeepsStatements('the outbox', url);
      this.#poolerTried = true;
    }
    const clients: pg.Client[] = [];
    const open = async (lane: boolean): Promise<pg.Client> => {
      const client = await connect({ url, pooled, lane, connectTimeoutMs, queryTimeoutMs }, (error) =>
        events.lost(error),
      );
      clients.push(client);
      return client;
    };
    try {
      const control = await open(false);
      control.on('notification', ({ payload }) =>
        payload === FREE ? events.freed() : events.notified(namedShards(payload)),
      );
      // Before the first look for work, so that nothing is committed unseen in between.
      if (!pooled) await control.query('LISTEN outbox');
      const stores: PostgresLaneStore[] = [];
      for (let lane = 0; lane < lanes; lane += 1) stores.push(new PostgresLaneStore(await open(true)));
      return new PostgresSession(control, stores, !pooled, clients);
    } catch (error) {
      await closeClients(clients);
      throw error;
    }
  }
}
