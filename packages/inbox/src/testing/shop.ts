import { randomBytes } from 'node:crypto';
import type { Log, SqlClient } from '@outrider/common';
import { outboxMigrations } from '@outrider/outbox';
import { freshDatabase } from '@outrider/testkit';
import pg from 'pg';
import type { EventConsumer } from '../event-consumer.js';
import { Inbox, type InboxOptions } from '../inbox.js';
import { inboxMigrations } from '../migrations/index.js';
import type { InboxObserver, LogBreak } from '../observer.js';
import { onPool } from '../on-pool.js';
import type { Decoded, InboxMessage, Subscription } from '../subscription.js';

/** The events of the tests. */
export interface Fact {
  readonly eventId: string;
  readonly eventType: 'ADDED';
  readonly amount: number;
}

export const TOPIC = 'facts';
export const CONSUMER = 'test.reader';
export const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A UUIDv7 of the current time. */
export function uuid(now = Date.now()): string {
  const time = now.toString(16).padStart(12, '0');
  const rest = randomBytes(10).toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(6, 18)}`;
}

export function fact(key: string | null, amount: number, eventId = uuid()): { key: Buffer | null; value: Buffer } {
  return {
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from(JSON.stringify({ eventId, eventType: 'ADDED', amount } satisfies Fact)),
  };
}

export function decodeFact(value: Uint8Array | null): Decoded<Fact> {
  if (value === null) return { ok: false, reason: 'no value' };
  let parsed: Partial<Fact>;
  try {
    parsed = JSON.parse(Buffer.from(value).toString()) as Partial<Fact>;
  } catch (error) {
    return { ok: false, reason: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (parsed.eventType !== 'ADDED')
    return { ok: false, reason: `type not listed: ${JSON.stringify(parsed.eventType)}` };
  return { ok: true, eventId: String(parsed.eventId), event: parsed as Fact };
}

type Handle = Subscription<Fact, pg.PoolClient>['handle'];

/** A database with the inbox's tables and one table of effects: a row for every time an event had an effect. */
export interface Shop {
  readonly url: string;
  readonly pool: pg.Pool;
  /** amounts by key in the order in which they took effect */
  effects(key?: string): Promise<number[]>;
  rows<R extends object>(text: string, values?: unknown[]): Promise<R[]>;
  position(partition?: number): Promise<number | undefined>;
  close(): Promise<void>;
}

export async function openShop(): Promise<Shop> {
  const database = await freshDatabase('inbox');
  const pool = new pg.Pool({ connectionString: database.url, max: 10, idleTimeoutMillis: 0 });
  pool.on('error', () => {});
  for (const { sql } of [...outboxMigrations, ...inboxMigrations]) await pool.query(sql);
  await pool.query('CREATE TABLE effect (n bigint GENERATED ALWAYS AS IDENTITY, key text, amount int, event_id uuid)');
  const rows = async <R extends object>(text: string, values?: unknown[]): Promise<R[]> =>
    (await pool.query<R>(text, values)).rows;
  return {
    url: database.url,
    pool,
    rows,
    effects: async (key) =>
      (
        await rows<{ amount: number }>('SELECT amount FROM effect WHERE $1::text IS NULL OR key=$1 ORDER BY n', [
          key ?? null,
        ])
      ).map(({ amount }) => amount),
    position: async (partition = 0) => {
      const found = await rows<{ at: string }>(
        'SELECT next_offset AS at FROM inbox_offset WHERE topic=$1 AND partition=$2',
        [TOPIC, partition],
      );
      return found[0] === undefined ? undefined : Number(found[0].at);
    },
    close: async () => {
      await pool.end();
      await database.drop();
    },
  };
}

/** Stores each amount under its key, set-wise. */
export const store: Handle = async (tx, messages) => {
  await insertEffects(tx, messages);
};

export async function insertEffects(tx: SqlClient, messages: readonly InboxMessage<Fact>[]): Promise<void> {
  await tx.query('INSERT INTO effect(key,amount,event_id) SELECT * FROM unnest($1::text[],$2::int[],$3::uuid[])', [
    messages.map(({ key }) => key),
    messages.map(({ event }) => event.amount),
    messages.map(({ eventId }) => eventId),
  ]);
}

/** Stores amounts; throws a bug's error as long as `broken` has one of them. */
export function storeUnless(broken: Set<number>): Handle {
  return async (tx, messages) => {
    await insertEffects(tx, messages);
    const bad = messages.find(({ event }) => broken.has(event.amount));
    if (bad !== undefined) throw new TypeError(`cannot add ${bad.event.amount}`);
  };
}

/** An inbox on the shop's database whose source is `source`. */
export function inboxOf(
  shop: Shop,
  source: EventConsumer,
  handle: Handle,
  more: Partial<Omit<InboxOptions<pg.PoolClient>, 'subscriptions'>> & {
    decode?: Subscription<Fact, pg.PoolClient>['decode'];
  } = {},
): Inbox<pg.PoolClient> {
  const { decode = decodeFact, settings, ...options } = more;
  const subscription: Subscription<Fact, pg.PoolClient> = { topic: TOPIC, decode, handle };
  return new Inbox<pg.PoolClient>({
    consumer: CONSUMER,
    subscriptions: [subscription],
    source,
    ...onPool(shop.pool),
    log: silent,
    ...options,
    settings: { firstWaitMs: 1, longestWaitMs: 5, keyFirstWaitMs: 1, keyWaitFactor: 1, dueEveryMs: 20, ...settings },
  });
}

/** Counts the observer's calls. */
export class Counts {
  readonly handled: Record<string, number> = {};
  retried: string[] = [];
  readonly breaks: LogBreak[] = [];
  repositioned = 0;
  restarted: unknown[] = [];
  afterCommitFailed = 0;
  lastLag: number | undefined;
  assigned = 0;
  readonly observer: Partial<InboxObserver> = {
    handled: (_topic, outcome, count) => (this.handled[outcome] = (this.handled[outcome] ?? 0) + count),
    retried: (_topic, code) => void this.retried.push(code),
    logBroke: (_at, kind) => void this.breaks.push(kind),
    repositioned: () => void (this.repositioned += 1),
    restarted: (error) => void this.restarted.push(error),
    afterCommitFailed: () => void (this.afterCommitFailed += 1),
    lag: (_topic, _partition, events) => void (this.lastLag = events),
    assigned: (partitions) => void (this.assigned = partitions.length),
  };
}
