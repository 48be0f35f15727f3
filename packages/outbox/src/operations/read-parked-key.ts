import type { SqlClient } from '@outrider/common';
import { OutboxError } from '../errors.js';
import { shardOf } from '../shard-of.js';
import { listParkedEvents } from '../statements/list-parked-events.js';
import { listParkedKeys } from '../statements/list-parked-keys.js';
import { checkedCount, checkedKey, invalidArgument } from './arguments.js';
import { parkedKeyOf, type ParkedKey } from './list-parked.js';

const LIMIT = 50;
const MAX_LIMIT = 500;
const MAX_BYTES = 4_000_000;

/** A parked event. Its fields are null when the log has no such event, which must not be. */
export interface ParkedEvent {
  /** events of a key are sent in the order of their ids */
  readonly id: string;
  readonly eventId: string;
  readonly topic: string | null;
  readonly type: string | null;
  readonly payload: string | null;
  /** as stored: a JSON object of names and texts */
  readonly headers: string | null;
  readonly createdAt: Date | null;
}

export interface ParkedKeyEvents extends ParkedKey {
  /** in order: the first is the one that was refused */
  readonly page: readonly ParkedEvent[];
  /** `after` of the next page; null: this is the last */
  readonly next: string | null;
}

/**
 * The parked events of a key, with payloads; a page ends early after 4 MB.
 *
 * @param page `limit` 1 to 500, default 50; `after`: `next` of the previous page
 * @throws OutboxError OUTBOX_KEY_NOT_PARKED, OUTBOX_INVALID_ARGUMENT
 */
export async function readParkedKey(
  client: SqlClient,
  key: string,
  page: { readonly limit?: number; readonly after?: string } = {},
): Promise<ParkedKeyEvents> {
  const limit = checkedCount('limit', page.limit ?? LIMIT, MAX_LIMIT);
  const after = page.after ?? '0';
  if (!/^\d{1,18}$/.test(after)) throw invalidArgument('after is not the next of a page');
  const parkedKey = { key: checkedKey(key), shard: shardOf(key) };
  const [state] = await listParkedKeys(client, 1, null, parkedKey);
  if (state === undefined) throw keyNotParked(key);
  const rows = await listParkedEvents(client, parkedKey, after, limit, MAX_BYTES);
  const last = rows.at(-1)?.id;
  const more = last === undefined ? [] : await listParkedEvents(client, parkedKey, last, 1, 1);
  return {
    ...parkedKeyOf(state),
    page: rows.map((row) => ({
      id: row.id,
      eventId: row.event_id,
      topic: row.topic,
      type: row.event_type,
      payload: row.payload,
      headers: row.headers,
      createdAt: row.created_at === null ? null : new Date(row.created_at),
    })),
    next: more.length > 0 ? (last ?? null) : null,
  };
}

export function keyNotParked(key: string): OutboxError {
  return new OutboxError('OUTBOX_KEY_NOT_PARKED', `the key ${JSON.stringify(key)} is not parked`);
}
