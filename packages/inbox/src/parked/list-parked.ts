import type { SqlClient } from '@outrider/common';
import { listParkedKeys } from '../statements/list-parked-keys.js';
import { listParkedMessages } from '../statements/list-parked-messages.js';
import type { ParkedCursor, ParkedKey, ParkedMessage } from './parked-message.js';

/**
 * What a consumer has parked, a page at a time: keys by topic and key, then messages without a key by position.
 *
 * @param options `after`: the last entry of the page before
 * @returns at most `limit` entries
 */
export async function listParked(
  sql: SqlClient,
  consumer: string,
  options: { readonly limit: number; readonly after?: ParkedCursor | undefined },
): Promise<(ParkedKey | ParkedMessage)[]> {
  const { limit, after } = options;
  // a ParkedMessage fits as a cursor too, and has a key as well: the offset decides
  const message = after !== undefined && 'offset' in after ? after : undefined;
  const keys: ParkedKey[] =
    after === undefined || !('offset' in after) ? await listParkedKeys(sql, consumer, limit, after) : [];
  if (keys.length === limit) return keys;
  return [...keys, ...(await listParkedMessages(sql, consumer, limit - keys.length, message))];
}
