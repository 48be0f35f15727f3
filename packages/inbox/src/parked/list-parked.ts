import type { SqlClient } from '@outrider/common';
import { listParkedKeys } from '../statements/list-parked-keys.js';
import { listParkedMessages } from '../statements/list-parked-messages.js';
import type { ParkedKey, ParkedMessage, ParkedPlace } from './entries.js';

/**
 * What a consumer has set aside, a page at a time: keys by topic and key, then messages without a key by place.
 *
 * @param after the last entry of the page before
 * @returns at most `limit` entries
 */
export async function listParked(
  sql: SqlClient,
  consumer: string,
  options: { readonly limit: number; readonly after?: ParkedPlace | undefined },
): Promise<(ParkedKey | ParkedMessage)[]> {
  const { limit, after } = options;
  // a message's entry, given as the place it is, has a key as well
  const begin = after !== undefined && 'offset' in after ? after : undefined;
  const keys: ParkedKey[] =
    after === undefined || !('offset' in after) ? await listParkedKeys(sql, consumer, limit, after) : [];
  if (keys.length === limit) return keys;
  return [...keys, ...(await listParkedMessages(sql, consumer, limit - keys.length, begin))];
}
