import { newId } from '@outrider/contracts';
import type { Database, Sql } from './database.js';

// The outbox holds what Kafka does not have yet: a sent event is deleted.
export const SHARDS = 8;
export const OUTBOX_TABLES = `
CREATE TABLE outbox (shard smallint NOT NULL, id bigint NOT NULL GENERATED ALWAYS AS IDENTITY, key text NOT NULL, topic text NOT NULL,
  payload text NOT NULL, headers text NOT NULL, PRIMARY KEY (shard, id)) WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=20000);
CREATE TABLE outbox_lease (shard smallint PRIMARY KEY, owner text NOT NULL DEFAULT '', epoch bigint NOT NULL DEFAULT 0,
  lease_until timestamptz NOT NULL DEFAULT '-infinity');
INSERT INTO outbox_lease(shard) SELECT generate_series(0, ${SHARDS - 1});
CREATE TABLE outbox_relay (owner text PRIMARY KEY, alive_until timestamptz NOT NULL);
CREATE TABLE inbox (event_id uuid PRIMARY KEY);`;

export interface Event {
  readonly key: string;
  readonly topic: string;
  readonly payload: string;
  readonly headers: string;
}

/** Makes the events of one service, in the shape of ours. */
export function eventsOf(source: string) {
  return (topic: string, eventType: string, key: string, payload: object): Event => {
    const eventId = newId();
    const occurredAt = new Date().toISOString();
    const keyField = topic === 'product-event' || topic === 'catalog-event' ? 'productId' : 'orderId';
    const envelope = { eventId, outboxId: eventId, [keyField]: key, eventType, schemaVersion: 1, occurredAt, payload };
    const headers = {
      ce_id: eventId,
      ce_type: eventType,
      ce_source: `/by-hand/${source}`,
      ce_specversion: '1.0',
      ce_time: occurredAt,
      'content-type': 'application/json',
      'app-version': '1',
    };
    return { key, topic, payload: JSON.stringify(envelope), headers: JSON.stringify(headers) };
  };
}

function shardOf(key: string): number {
  let hash = 0;
  for (let at = 0; at < key.length; at += 1) hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0;
  return (hash >>> 16) % SHARDS;
}

export const INSERT_EVENTS = `INSERT INTO outbox(shard,key,topic,payload,headers)
  SELECT shard,key,topic,payload,headers FROM unnest($1::smallint[],$2::text[],$3::text[],$4::text[],$5::text[])
  WITH ORDINALITY e(shard,key,topic,payload,headers,n)`;

/** The values of INSERT_EVENTS. */
export function columnsOf(events: readonly Event[]): readonly unknown[] {
  return [
    events.map(({ key }) => shardOf(key)),
    events.map(({ key }) => key),
    events.map(({ topic }) => topic),
    events.map(({ payload }) => payload),
    events.map(({ headers }) => headers),
  ];
}

/** In the transaction that they belong to. */
export async function append(sql: Sql, events: readonly Event[]): Promise<void> {
  if (events.length > 0) await sql(`${INSERT_EVENTS} ORDER BY n`, columnsOf(events));
}

const NOTIFY_EVERY_MS = 5;

/** Notifies relays of commits, at most once in 5 ms. A notification that is lost is made good by the relays' polling. */
export class Notifier {
  #due = false;

  constructor(private readonly database: Database) {}

  committed(): void {
    if (this.#due) return;
    this.#due = true;
    setTimeout(() => {
      this.#due = false;
      this.database.sql('NOTIFY outbox').catch(() => undefined);
    }, NOTIFY_EVERY_MS);
  }
}
