import { selectList, type SqlClient } from '@outrider/common';
import type { Position } from '../event-consumer.js';
import type { ParkedContent } from '../parked/parked-message.js';
import type { RawMessage } from '../subscription.js';
import { headersOf } from './parked-headers.js';
import { messageOf, PARKED, type ParkedRow } from './parked-row.js';

interface Row extends ParkedRow {
  readonly raw_key: Uint8Array | null;
  readonly raw_value: Uint8Array | null;
  readonly headers: string;
}

/** @param value how much of the message's value is read */
const columns = (value: string): string =>
  selectList<Row>({ ...PARKED, raw_key: 'p.raw_key', raw_value: value, headers: 'p.headers' });

// A key's messages in their order, only the beginning of each: the largest are megabytes.
const OF_KEY = `SELECT ${columns('substring(p.raw_value FOR $5::int)')} FROM inbox_parked p
WHERE p.consumer=$1 AND p.topic=$2 AND p.msg_key=$3 AND ($6::bigint IS NULL OR (p."offset",p.partition)>($6::bigint,$7::int))
ORDER BY p."offset",p.partition LIMIT $4`;

const ONE = `SELECT ${columns('p.raw_value')} FROM inbox_parked p WHERE p.consumer=$1 AND p.topic=$2 AND p.partition=$3 AND p."offset"=$4::bigint`;
// For a retry or a discard of one message: locked first, so that two operators do not do different things with it.
const LOCKED = `${ONE} FOR UPDATE`;

/** The messages of a parked key, oldest first. @param options `maxBytes`: of each value; the rest is left out */
export async function readParkedOfKey(
  sql: SqlClient,
  consumer: string,
  topic: string,
  key: string,
  options: { readonly limit: number; readonly maxBytes: number; readonly after?: Position | undefined },
): Promise<ParkedContent[]> {
  const { limit, maxBytes, after } = options;
  const { rows } = await sql.query<Row>(OF_KEY, [
    consumer,
    topic,
    key,
    limit,
    maxBytes,
    after === undefined ? null : String(after.offset),
    after?.partition ?? null,
  ]);
  return rows.map(contentOf);
}

/** The message at a position, whole; undefined when none is parked there. */
export const readParkedMessage = messageBy(ONE);

/** The same, locked to the end of the transaction; waits for the lock. */
export const lockParkedMessage = messageBy(LOCKED);

function messageBy(text: string) {
  return async (
    sql: SqlClient,
    consumer: string,
    { topic, partition, offset }: Position,
  ): Promise<ParkedContent | undefined> => {
    const { rows } = await sql.query<Row>(text, [consumer, topic, partition, String(offset)]);
    return rows[0] === undefined ? undefined : contentOf(rows[0]);
  };
}

/** The message as the broker held it. */
export function rawOf({ topic, partition, offset, rawKey, rawValue, headers }: ParkedContent): RawMessage {
  return { topic, partition, offset, key: rawKey, value: rawValue, headers };
}

function contentOf(row: Row): ParkedContent {
  return {
    ...messageOf(row),
    rawKey: row.raw_key,
    rawValue: row.raw_value,
    headers: headersOf(row.headers),
  };
}
