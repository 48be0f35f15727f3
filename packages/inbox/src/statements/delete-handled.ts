import type { SqlClient } from '@outrider/common';
import type { RawMessage } from '../subscription.js';

// The end of a successful retry: the handled messages are deleted, and with the last of them the key's state, so that
// what comes next of the key is handled. Nothing can have been added meanwhile: lockParkedKey keeps batches out.
const SQL = `WITH m AS (DELETE FROM inbox_parked WHERE consumer=$1 AND topic=$2 AND msg_key=$3 AND ("offset",partition)<=($4::bigint,$5::int))
DELETE FROM inbox_key_state WHERE consumer=$1 AND topic=$2 AND msg_key=$3
AND NOT EXISTS (SELECT 1 FROM inbox_parked WHERE consumer=$1 AND topic=$2 AND msg_key=$3 AND ("offset",partition)>($4::bigint,$5::int))`;

/** @returns whether the key is parked no more; if not, it has more messages behind `last` */
export async function deleteHandled(
  sql: SqlClient,
  consumer: string,
  topic: string,
  key: string,
  last: RawMessage | undefined,
): Promise<boolean> {
  const { rowCount } = await sql.query(SQL, [consumer, topic, key, String(last?.offset ?? -1n), last?.partition ?? -1]);
  return rowCount === 1;
}
