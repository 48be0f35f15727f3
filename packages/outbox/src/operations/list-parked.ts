import type { SqlClient } from '@outrider/common';
import { shardOf } from '../shard-of.js';
import { listParkedKeys, type ParkedKeyRow } from '../statements/list-parked-keys.js';
import { checkedCount, checkedKey } from './arguments.js';

const LIMIT = 100;
const MAX_LIMIT = 1_000;

/** A key whose events are parked. */
export interface ParkedKey {
  readonly key: string;
  readonly shard: number;
  /** RETRYING: will be retried by itself. PARKED: a dead letter, waits for an operator. */
  readonly status: 'RETRYING' | 'PARKED';
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
  /** why its first event was last refused, in one line */
  readonly reason: string;
  /** parked events; 10,001 = more than 10,000 */
  readonly events: number;
  /** the one that was refused; null when all have been discarded in the meantime */
  readonly firstEventId: string | null;
}

export interface ParkedPage {
  readonly keys: readonly ParkedKey[];
  /** `after` of the next page; null: this is the last */
  readonly next: string | null;
}

/**
 * Parked keys, page by page, in a stable order.
 *
 * @param page `limit` 1 to 1,000, default 100; `after`: `next` of the previous page
 * @throws OutboxError OUTBOX_INVALID_ARGUMENT
 */
export async function listParked(
  client: SqlClient,
  page: { readonly limit?: number; readonly after?: string } = {},
): Promise<ParkedPage> {
  const limit = checkedCount('limit', page.limit ?? LIMIT, MAX_LIMIT);
  const after = page.after === undefined ? null : { key: checkedKey(page.after), shard: shardOf(page.after) };
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
