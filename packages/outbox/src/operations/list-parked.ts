import type { SqlClient } from '@outrider/common';
import { shardOf } from '../shard-of.js';
import { listParkedKeys, type ParkedKeyRow } from '../statements/list-parked-keys.js';
import { givenCount, givenKey } from './arguments.js';

const LIMIT = 100;
const MOST = 1_000;

/** A key whose events are set aside. */
export interface ParkedKey {
  readonly key: string;
  readonly shard: number;
  /** RETRYING is tried again by itself; PARKED waits for a person: a dead letter. */
  readonly status: 'RETRYING' | 'PARKED';
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
  /** why its first event was refused the last time, in one line */
  readonly reason: string;
  /** events set aside; 10,001 = more than 10,000 */
  readonly events: number;
  /** the one that was refused; null when it has been discarded together with all others meanwhile */
  readonly firstEventId: string | null;
}

export interface ParkedPage {
  readonly keys: readonly ParkedKey[];
  /** `after` of the next page; null when this is the last */
  readonly next: string | null;
}

/**
 * Keys that are set aside, a page at a time, in an order of their own.
 *
 * @param page `limit` 1 to 1,000, 100 unless told; `after` is `next` of the page before
 * @throws OutboxError OUTBOX_INVALID_ARGUMENT
 */
export async function listParked(
  client: SqlClient,
  page: { readonly limit?: number; readonly after?: string } = {},
): Promise<ParkedPage> {
  const limit = givenCount('limit', page.limit ?? LIMIT, MOST);
  const after = page.after === undefined ? null : { key: givenKey(page.after), shard: shardOf(page.after) };
  const rows = await listParkedKeys(client, limit + 1, after, null);
  const keys = rows.slice(0, limit).map(parkedKeyOf);
  return { keys, next: rows.length > limit ? (keys.at(-1)?.key ?? null) : null };
}

export function parkedKeyOf(row: ParkedKeyRow): ParkedKey {
  return {
    key: row.key,
    shard: row.shard,
    status: row.next_attempt_at === null ? 'PARKED' : 'RETRYING',
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at === null ? null : new Date(row.next_attempt_at),
    reason: row.reason ?? 'no reason given',
    events: row.events,
    firstEventId: row.first_event_id,
  };
}
