import type pg from 'pg';
import type { LaneStore, OutboxStore, SessionEvents, StoreSession } from '../outbox-store.js';
import { SHARDS_FREE } from '../statements/notify-shards-free.js';
import { namedShards } from '../statements/notify.js';
import { assertPoolerKeepsStatements } from './assert-pooler-keeps-statements.js';
import { connect } from './connect.js';
import { laneStore } from './lane-store.js';
import type { PostgresAddress } from './postgres-address.js';
import { closeClients, storeSession } from './store-session.js';

/** Times in milliseconds. */
export interface PostgresOutboxStoreOptions {
  readonly database: PostgresAddress;
  /**
   * The address leads through a transaction pooler: there is no LISTEN (the relay polls), and the planner's settings are
   * those of the role. Default false.
   */
  readonly pooled?: boolean;
  /** Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** A statement that takes longer ends the session: the connection may be half open. Default 5,000. */
  readonly queryTimeoutMs?: number;
}

/** OutboxStore on PostgreSQL. */
export class PostgresOutboxStore implements OutboxStore {
  #poolerTried = false;

  constructor(private readonly options: PostgresOutboxStoreOptions) {}

  async connect(lanes: number, events: SessionEvents): Promise<StoreSession> {
    const { database, pooled = false, connectTimeoutMs = 5_000, queryTimeoutMs = 5_000 } = this.options;
    if (pooled && !this.#poolerTried) {
      await assertPoolerKeepsStatements('the outbox', database);
      this.#poolerTried = true;
    }
    const clients: pg.Client[] = [];
    const open = async (lane: boolean): Promise<pg.Client> => {
      const client = await connect({ database, pooled, lane, connectTimeoutMs, queryTimeoutMs }, (error) =>
        events.connectionLost(error),
      );
      clients.push(client);
      return client;
    };
    try {
      const control = await open(false);
      control.on('notification', ({ payload }) =>
        payload === SHARDS_FREE ? events.shardsFree() : events.notified(namedShards(payload)),
      );
      // Before the first look for work, so that no commit in between is missed.
      if (!pooled) await control.query('LISTEN outbox');
      const laneStores: LaneStore[] = [];
      for (let lane = 0; lane < lanes; lane += 1) laneStores.push(laneStore(await open(true)));
      return storeSession({ control, lanes: laneStores, listens: !pooled, clients });
    } catch (error) {
      await closeClients(clients);
      throw error;
    }
  }
}
