import type { SqlClient } from '@outrider/common';
import { DEAD } from './alive.js';

// The leases end in their rows, so that a claim, also one of the version before, has to look nowhere else. A relay
// that is just coming back has locked its row: it is left alone. One that comes back later finds that it is fenced.
const SQL = `WITH dead AS MATERIALIZED (SELECT owner FROM outbox_relay WHERE ${DEAD} AND owner<>$1 FOR UPDATE SKIP LOCKED),
fenced AS (UPDATE outbox_relay r SET state='FENCED' FROM dead WHERE r.owner=dead.owner),
h AS MATERIALIZED (SELECT l.shard FROM outbox_lease l WHERE l.owner IN (SELECT owner FROM dead) AND l.lease_until>now() ORDER BY l.shard FOR NO KEY UPDATE)
UPDATE outbox_lease l SET lease_until=now() FROM h WHERE l.shard=h.shard`;

/** Ends the leases of relays whose heartbeats have stayed away for their time. */
export async function endLeasesOfDead(sql: SqlClient, owner: string): Promise<void> {
  await sql.query(SQL, [owner]);
}
