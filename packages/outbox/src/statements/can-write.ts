import type { SqlClient } from '@outrider/common';

// No row and no WAL is written, and no transaction number is drawn: the WHERE is a one-time filter. Whether the server
// writes at all, and this role into this table, is asked before it all the same.
const SQL = `INSERT INTO outbox_pending(shard,id,event_id) SELECT 0,0,'00000000-0000-0000-0000-000000000000'::uuid WHERE false`;

/** Rejects, saying why, where no event could be written: on a standby, in a session that only reads, without the rights. */
export async function canWrite(sql: SqlClient): Promise<void> {
  await sql.query(SQL);
}
