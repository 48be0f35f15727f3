import type { SqlClient } from '@outrider/common';

// No row and no WAL is written, and no transaction id is assigned: the WHERE is a one-time filter. The server checks
// before it that it may write, and this role into this table.
const SQL = `INSERT INTO outbox_pending(shard,id,event_id) SELECT 0,0,'00000000-0000-0000-0000-000000000000'::uuid WHERE false`;

/** Rejects with the reason when no event could be written: a standby, a read-only session, a missing privilege. */
export async function canWrite(sql: SqlClient): Promise<void> {
  await sql.query(SQL);
}
