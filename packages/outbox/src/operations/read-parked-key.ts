import type { SqlClient } from '@outrider/common';
import { OutboxError } from '../errors.js';
import { shardOf } from '../shard-of.js';
import { listParkedEvents } from '../statements/list-parked-events.js';
import { listParkedKeys } from '../statements/list-parked-keys.js';
import { givenCount, givenKey, wrongly } from './arguments.js';
import { parkedKeyOf, type ParkedKey } from './list-parked.js';

const LIMIT = 50;
const MOST = 500;
const MOST_BYTES = 4_000_000;

/** An event that is set aside. What the log does not have of it, which should not be, is null. */
export interface ParkedEvent {
  /** its place in the order, as text */
  readonly id: string;
  readonly eventId: string;
  readonly topic: string | null;
  readonly type: string | null;
  readonly payload: string | null;
  /** JSON object, name to text */
  readonly headers: string | null;
  readonly createdAt: Date | null;
}

export interface ParkedKeyEvents extends ParkedKey {
  /** in their order: the first is the one that was refused, the others follow it */
  readonly page: readonly ParkedEvent[];
  /** `after` of the next page; null when this is the last */
  readonly next: string | null;
}

/**
 * What is set aside of a key, with payloads; a page ends early after 4 MB.
 *
 * @param page `limit` 1 to 500, 50 unless told; `after` is `next` of the page before
 * @throws OutboxError OUTBOX_KEY_NOT_PARKED, OUTBOX_INVALID_ARGUMENT
 */
export async function readParkedKey(
  client: SqlClient,
  key: string,
  page: { readonly limit?: number; readonly after?: string } = {},
): Promise<ParkedKeyEvents> {
  const limit = givenCount('limit', page.limit ?? LIMIT, MOST);
  const after = page.after ?? '0';
  if (!/^\d{1,18}$/.test(after)) throw wrongly('after is not the end of a page');
  const place = { key: givenKey(key), shard: shardOf(key) };
  const [state] = await listParkedKeys(client, 1, null, place);
  if (state === undefined) throw keyNotParked(key);
  const rows = await listParkedEvents(client, place, after, limit, MOST_BYTES);
  const last = rows.at(-1)?.id;
  const more = last === undefined ? [] : await listParkedEvents(client, place, last, 1, 1);
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
  return new OutboxError('OUTBOX_KEY_NOT_PARKED', `nothing of the key ${JSON.stringify(key)} is set aside`);
}
