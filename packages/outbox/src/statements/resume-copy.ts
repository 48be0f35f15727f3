import type { SqlClient } from '@outrider/common';

// A logical copy (logical replication, COPY, a tool's own) brings rows and not sequences: new events would get ids below
// those that are pending, and be sent before them, or never where a floor is higher. Leases and floors are those of the
// copied database. One pass over the log, which has no index by id.
const SQL = `WITH l AS (UPDATE outbox_lease SET owner=NULL,epoch=epoch+1,lease_until='-infinity',floor=0,rewind=rewind+1),
top AS (SELECT greatest((SELECT max(id) FROM outbox_event),(SELECT max(id) FROM outbox_pending),(SELECT max(id) FROM outbox_parked)) AS id)
SELECT setval(pg_get_serial_sequence('outbox_event','id'),greatest(top.id,nextval(pg_get_serial_sequence('outbox_event','id')))) FROM top`;

/**
 * Makes a logical copy of an outbox continue where the copied one stood. To be called before anything is appended to the
 * copy, by the owner of the tables. A restored backup, and dump and restore, do not need it; it does them no harm.
 */
export async function resumeCopiedOutbox(client: SqlClient): Promise<void> {
  await client.query(SQL);
}
