import type { SqlClient } from '@outrider/common';
import { SHARDS } from '../shard-of.js';

/** More are not worth naming: relays then look at all of their shards. */
const MAX_NAMED = 16;

// After the commit, outside of any transaction: inside, it would serialise the commits of all writers; in a trigger it
// costs writers 2.5 times as much. The shards are named, so that a relay looks at these only, and not at all where it
// holds none of them: at 100 events a second that is half of what a relay costs PostgreSQL.
const SQL = `NOTIFY outbox`;

/** @param shards in which something became pending; default: any */
export async function notify(sql: SqlClient, shards: ReadonlySet<number> = new Set()): Promise<void> {
  const named = shards.size > 0 && shards.size <= MAX_NAMED;
  await sql.query(named ? `${SQL},'${[...shards].map(Number).join(',')}'` : SQL);
}

/** What a notification names; undefined: any shard. */
export function namedShards(payload: string | undefined): readonly number[] | undefined {
  if (payload === undefined || !/^\d{1,2}(,\d{1,2})*$/.test(payload)) return undefined;
  const shards = payload.split(',').map(Number);
  return shards.every((shard) => shard < SHARDS) ? shards : undefined;
}
