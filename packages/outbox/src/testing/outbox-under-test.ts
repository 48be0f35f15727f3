import { randomBytes } from 'node:crypto';
import type { Log } from '@outrider/common';
import { freshDatabase } from '@outrider/testkit';
import pg from 'pg';
import { appendEvents } from '../append-events.js';
import { outboxMigrations } from '../migrations/index.js';
import type { OutboxEvent } from '../ports.js';
import { connect } from '../postgres/connect.js';
import { PostgresOutboxStore } from '../postgres/postgres-outbox-store.js';
import { Relay, type RelayOptions } from '../relay/relay.js';
import { outboxDatabase } from '../postgres/pool-database.js';

export const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
export const TOPIC = 'facts';

/** A UUIDv7 of the current time. */
export function uuid(now = Date.now()): string {
  const time = now.toString(16).padStart(12, '0');
  const rest = randomBytes(10).toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(6, 18)}`;
}

export function eventOf(key: string, payload: string, more: Partial<OutboxEvent> = {}): OutboxEvent {
  return {
    eventId: uuid(),
    key,
    topic: TOPIC,
    type: 'ADDED',
    payload,
    headers: { 'content-type': 'text/plain' },
    ...more,
  };
}

/** A database with an outbox. */
export interface OutboxUnderTest {
  readonly url: string;
  readonly pool: pg.Pool;
  rows<R extends object>(text: string, values?: unknown[]): Promise<R[]>;
  /** appends in a transaction of their own, and notifies the relays */
  append(...events: OutboxEvent[]): Promise<void>;
  pending(): Promise<number>;
  /** a connection with the planner's settings of a lane; the caller ends it */
  lane(): Promise<pg.Client>;
  /** a started relay; stopped by close */
  relay(options: Pick<RelayOptions, 'publisher'> & Partial<RelayOptions>): Relay;
  /** ends relays and connections; the database stays */
  disconnect(): Promise<void>;
  close(): Promise<void>;
}

export async function openOutbox(): Promise<OutboxUnderTest> {
  const outbox = attachOutbox(await freshDatabase('outbox'));
  for (const { sql } of outboxMigrations) await outbox.pool.query(sql);
  return outbox;
}

/** One that is there already. */
export function attachOutbox(database: { readonly url: string; drop(): Promise<void> }): OutboxUnderTest {
  const pool = new pg.Pool({ connectionString: database.url, max: 10 });
  pool.on('error', () => {});
  const relays: Relay[] = [];
  const rows = async <R extends object>(text: string, values?: unknown[]): Promise<R[]> =>
    (await pool.query<R>(text, values)).rows;
  return {
    url: database.url,
    pool,
    rows,
    append: async (...events) => {
      await outboxDatabase(pool).transaction((tx) => appendEvents(tx, events));
      await pool.query('NOTIFY outbox');
    },
    pending: async () => (await rows<{ n: number }>('SELECT count(*)::int AS n FROM outbox_pending'))[0]?.n ?? -1,
    lane: () =>
      connect(
        { database: database.url, pooled: false, lane: true, connectTimeoutMs: 5_000, queryTimeoutMs: 60_000 },
        () => {},
      ),
    relay: (options) => {
      const relay = new Relay({
        store: new PostgresOutboxStore({ database: database.url }),
        log: silent,
        ...options,
        settings: { retryFirstMs: 10, retryMaxMs: 100, ...options.settings },
      });
      relays.push(relay);
      relay.start();
      return relay;
    },
    disconnect: async () => {
      await Promise.all(relays.map((relay) => relay.stop()));
      if (!pool.ended) await pool.end();
    },
    close: async () => {
      await Promise.all(relays.map((relay) => relay.stop()));
      if (!pool.ended) await pool.end();
      await database.drop();
    },
  };
}
