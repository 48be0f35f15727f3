import { selectList, type SqlClient } from '@outrider/common';
import { horizonOf } from './horizon.js';

export type ReplayState = 'STAGING' | 'HELD' | 'RELEASING' | 'DONE' | 'ABANDONING' | 'ABANDONED';

export interface ReplayRow {
  readonly job: string;
  readonly state: ReplayState;
  readonly dry_run: boolean;
  readonly msg_key: string | null;
  readonly asked_from: Date;
  readonly asked_to: Date;
  readonly looked_at: string;
  readonly staged: string;
  readonly taken: string;
  readonly released: string;
  readonly left_out: string;
  readonly horizon_at: Date;
  readonly asked_by: string;
  readonly asked_at: Date;
  readonly moved_at: Date;
}

const COLUMNS = selectList<ReplayRow>({
  job: 'job',
  state: 'state',
  dry_run: 'dry_run',
  msg_key: 'msg_key',
  asked_from: 'asked_from',
  asked_to: 'asked_to',
  looked_at: 'looked_at::text',
  staged: 'staged::text',
  taken: 'taken::text',
  released: 'released::text',
  left_out: 'left_out::text',
  horizon_at: horizonOf('horizon'),
  asked_by: 'asked_by',
  asked_at: 'asked_at',
  moved_at: 'moved_at',
});

// Until an hour from now at most, which is how fast the log lets an id's clock be. No row when the range ends at the
// horizon or before.
const INSERT = `INSERT INTO outbox_replay(job,dry_run,msg_key,asked_from,asked_to,at,until,asked_by,horizon)
SELECT $1::uuid,$2::boolean,$3::text,r.a,r.b,outbox_uuid_floor(r.a),outbox_uuid_floor(r.b),$6::text,$7::interval FROM (SELECT $4::timestamptz AS a,least($5::timestamptz,now()+interval '1 hour') AS b) r WHERE r.a<r.b AND r.b>${horizonOf('$7::interval')} RETURNING ${COLUMNS}`;

const HORIZON = `SELECT ${horizonOf('$1::interval')} AS at`;

export interface NewReplay {
  readonly job: string;
  readonly dryRun: boolean;
  /** null: all keys */
  readonly key: string | null;
  readonly from: Date;
  /** exclusive */
  readonly to: Date;
  readonly by: string;
  /** a PostgreSQL interval */
  readonly horizon: string;
}

/** @returns undefined when the range starts after anything the log can have, or ends at the horizon or before */
export async function insertReplay(client: SqlClient, replay: NewReplay): Promise<ReplayRow | undefined> {
  const { job, dryRun, key, from, to, by, horizon } = replay;
  const values = [job, dryRun, key, from.toISOString(), to.toISOString(), by, horizon];
  return (await client.query<ReplayRow>(INSERT, values)).rows[0];
}

/** The oldest time that may be replayed. */
export async function readHorizon(client: SqlClient, horizon: string): Promise<Date> {
  const { rows } = await client.query<{ at: Date }>(HORIZON, [horizon]);
  const [row] = rows;
  if (row === undefined) throw new Error('a SELECT without FROM gave no row');
  return new Date(row.at);
}

const READ = `SELECT ${COLUMNS} FROM outbox_replay WHERE job=$1`;

export async function readReplay(client: SqlClient, job: string): Promise<ReplayRow | undefined> {
  return (await client.query<ReplayRow>(READ, [job])).rows[0];
}

const LIST = `SELECT ${COLUMNS} FROM outbox_replay ORDER BY asked_at DESC,job LIMIT $1`;

export async function listReplayRows(client: SqlClient, limit: number): Promise<ReplayRow[]> {
  return (await client.query<ReplayRow>(LIST, [limit])).rows;
}

const MOVE = `UPDATE outbox_replay SET state=$3,moved_at=now() WHERE job=$1 AND state=ANY($2::text[]) RETURNING ${COLUMNS}`;

/** @returns undefined when it was in none of the states `from` */
export async function moveReplay(
  client: SqlClient,
  job: string,
  from: readonly ReplayState[],
  to: ReplayState,
): Promise<ReplayRow | undefined> {
  return (await client.query<ReplayRow>(MOVE, [job, from, to])).rows[0];
}

const DELETE_OLD = `DELETE FROM outbox_replay WHERE state IN ('DONE','ABANDONED') AND moved_at<now()-interval '30 days'`;

/** Those that ended a month ago. */
export async function deleteOldReplays(client: SqlClient): Promise<void> {
  await client.query(DELETE_OLD);
}
