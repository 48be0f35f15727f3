/**
 * A lease lasts until its row says, or as long as its relay is alive, whichever is shorter: a heartbeat then writes the
 * relay's row alone. The rows are rewritten each ten leases or so; a relay of the version before looks at nothing else, so
 * after a death it claims within this many leases, if no other has ended them by then.
 */
export const ROW_LEASES = 12;

/** A row that lasts less long than this many leases is rewritten with the next heartbeat. */
export const RENEW_BELOW_LEASES = 2;

/**
 * The owner $1 is alive for $n ms from now. No row is returned when it was fenced, unless it holds nothing any more (an
 * empty $held): the one that ends its leases locks this row first, so of
 * the two one sees what the other has done.
 */
export const beat = (ttl: string, held: string): string =>
  `INSERT INTO outbox_relay AS r (owner,alive_until,state) VALUES ($1,now()+${ttl}::float8*interval '1 millisecond','HOLDING')
  ON CONFLICT (owner) DO UPDATE SET alive_until=excluded.alive_until,state='HOLDING' WHERE r.state IS DISTINCT FROM 'FENCED' OR cardinality(${held}::smallint[])=0 RETURNING 1`;

/** A relay whose leases end with it, and that is dead. */
export const DEAD = `state IN ('HOLDING','LEAVING') AND alive_until<=now()`;
