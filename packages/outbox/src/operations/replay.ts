import { randomUUID } from 'node:crypto';
import type { SqlClient } from '@outrider/common';
import { OutboxError } from '../errors.js';
import type { OutboxDatabase } from '../ports.js';
import { dropStaged } from '../statements/abandon-replay.js';
import { notify } from '../statements/notify.js';
import { releaseReplay } from '../statements/release-replay.js';
import {
  forgetOldReplays,
  insertReplay,
  listReplayRows,
  moveReplay,
  readHorizon,
  readReplay,
  type ReplayRow,
  type ReplayState,
} from '../statements/replay-rows.js';
import { stageReplay } from '../statements/stage-replay.js';
import { DEFAULT_HORIZON, givenCount, givenKey, givenText, isUuid, wrongly } from './arguments.js';

const EVENTS_A_STEP = 2_000;
const MOST_A_STEP = 20_000;

export type { ReplayState } from '../statements/replay-rows.js';

/** What to send again: a key, a time range, or a key within a time range. */
export interface ReplayRequest {
  readonly key?: string;
  /** By the time in the event's id. From the log's beginning unless told, which only a key may leave out. */
  readonly from?: Date;
  /** Exclusive. All that is there unless told. */
  readonly to?: Date;
  /** Stops when the events are found and counted, until confirmReplay. */
  readonly dryRun?: boolean;
  /**
   * How old an event may be, a PostgreSQL interval, counted to the beginning of the day (UTC): what was written before is
   * not sent again, because readers may have forgotten its id, and it would have its effects twice. Counted when events
   * are found, and again when they are put back. '7 days' unless told, which is what maintainDays keeps unless told.
   */
  readonly horizon?: string;
  /** Who asks. Required. */
  readonly by: string;
}

/** How far a replay is. */
export interface Replay {
  readonly job: string;
  /**
   * STAGING events are looked for in the log; HELD a dry run waits for confirmReplay; RELEASING they are put back to be
   * sent; DONE; ABANDONING, ABANDONED what was not released is not sent.
   */
  readonly state: ReplayState;
  /** It has ended: advanceReplay does nothing more. */
  readonly over: boolean;
  readonly dryRun: boolean;
  readonly key: string | null;
  readonly from: Date;
  readonly to: Date;
  /** events of the log looked at */
  readonly lookedAt: number;
  /** events found: what a dry run is for */
  readonly staged: number;
  /** of the staged, those dealt with */
  readonly taken: number;
  /** of the taken, those that wait to be sent by it: the others had not gone out yet, are set aside or discarded, or left out */
  readonly released: number;
  /** events that were asked for, had gone out, and are not sent again because they were written before the horizon */
  readonly leftOut: number;
  /** as it is now: it moves by a day each day */
  readonly horizon: Date;
  readonly by: string;
  readonly askedAt: Date;
  /** of the last step */
  readonly movedAt: Date;
}

/**
 * Begins to send events of the log again, with their own ids and in their order: consumers that saw them ignore them.
 * Nothing happens until someone calls advanceReplay.
 *
 * @throws OutboxError OUTBOX_INVALID_ARGUMENT, OUTBOX_REPLAY_TOO_OLD (all of the time range lies before the horizon)
 */
export async function startReplay(client: SqlClient, asked: ReplayRequest): Promise<Replay> {
  const { key, dryRun = false, horizon = DEFAULT_HORIZON } = asked;
  const by = givenText('who asks', asked.by);
  if (key === undefined && (asked.from === undefined || asked.to === undefined)) {
    throw wrongly('a replay needs a key, or a time to begin from and one to end at');
  }
  const from = givenTime('from', asked.from ?? new Date(0));
  const to = givenTime('to', asked.to ?? new Date(LAST_MS));
  if (from >= to) throw wrongly('the time range ends before it begins');
  await forgetOldReplays(client);
  const row = await insertReplay(client, {
    job: randomUUID(),
    dryRun,
    key: key === undefined ? null : givenKey(key),
    from,
    to,
    by,
    horizon,
  });
  if (row === undefined)
    throw tooOld(to, await readHorizon(client, horizon)) ?? wrongly('the time range lies in the future');
  return replayOf(row);
}

/**
 * Brings a replay a step on; again until it is over (or HELD). Any process may, several at once too: how far it is lies
 * in the database.
 *
 * @param options `events` of one step, 1 to 20,000, 2,000 unless told
 * @throws OutboxError OUTBOX_REPLAY_UNKNOWN, OUTBOX_INVALID_ARGUMENT
 */
export async function advanceReplay(
  database: OutboxDatabase,
  job: string,
  options: { readonly events?: number } = {},
): Promise<Replay> {
  const events = givenCount('events', options.events ?? EVENTS_A_STEP, MOST_A_STEP);
  const { state } = await replayStatus(database, job);
  if (state === 'STAGING') await stageReplay(database, job, events);
  else if (state === 'RELEASING') {
    if (await database.transaction((tx) => releaseReplay(tx, job, events))) await notify(database);
  } else if (state === 'ABANDONING') await dropStaged(database, job, events);
  return replayStatus(database, job);
}

/** @throws OutboxError OUTBOX_REPLAY_UNKNOWN */
export async function replayStatus(client: SqlClient, job: string): Promise<Replay> {
  const row = isUuid(job) ? await readReplay(client, job) : undefined;
  if (row === undefined) throw new OutboxError('OUTBOX_REPLAY_UNKNOWN', `there is no replay ${JSON.stringify(job)}`);
  return replayOf(row);
}

/** The newest first; those that ended are kept for a month. @param options `limit` 1 to 1,000, 100 unless told */
export async function listReplays(client: SqlClient, options: { readonly limit?: number } = {}): Promise<Replay[]> {
  return (await listReplayRows(client, givenCount('limit', options.limit ?? 100, 1_000))).map(replayOf);
}

/**
 * Lets a dry run go on with what it found; again does no harm.
 * @throws OutboxError OUTBOX_REPLAY_UNKNOWN, OUTBOX_REPLAY_OVER (abandoned, or still STAGING)
 */
export async function confirmReplay(client: SqlClient, job: string): Promise<Replay> {
  return move(client, job, ['HELD'], 'RELEASING', ['RELEASING', 'DONE']);
}

/**
 * Throws away what has not been released; what has been is sent. advanceReplay brings it to ABANDONED: until then the
 * staged events keep their days of the log.
 * @throws OutboxError OUTBOX_REPLAY_UNKNOWN, OUTBOX_REPLAY_OVER (done)
 */
export async function abandonReplay(client: SqlClient, job: string): Promise<Replay> {
  return move(client, job, ['STAGING', 'HELD', 'RELEASING'], 'ABANDONING', ['ABANDONING', 'ABANDONED']);
}

async function move(
  client: SqlClient,
  job: string,
  from: readonly ReplayState[],
  to: ReplayState,
  well: readonly ReplayState[],
): Promise<Replay> {
  const row = isUuid(job) ? await moveReplay(client, job, from, to) : undefined;
  if (row !== undefined) return replayOf(row);
  const replay = await replayStatus(client, job);
  if (well.includes(replay.state)) return replay;
  throw new OutboxError('OUTBOX_REPLAY_OVER', `the replay is ${replay.state}`);
}

function tooOld(to: Date, horizon: Date): OutboxError | undefined {
  if (to > horizon) return undefined;
  return new OutboxError(
    'OUTBOX_REPLAY_TOO_OLD',
    `what was written before ${horizon.toISOString()} is not sent again: readers may have forgotten its ids, and it ` +
      `would have its effects twice; ask for what was written since, and make up for what is older where it is missing`,
  );
}

/** The end of what a UUIDv7 could hold is far beyond what PostgreSQL is asked for here. */
const LAST_MS = Date.UTC(9999, 0);

function givenTime(name: string, time: Date): Date {
  const ms = time.getTime();
  if (!(ms >= 0 && ms <= LAST_MS)) throw wrongly(`${name} is no time between 1970 and 9999`);
  return time;
}

function replayOf(row: ReplayRow): Replay {
  return {
    job: row.job,
    state: row.state,
    over: row.state === 'DONE' || row.state === 'ABANDONED',
    dryRun: row.dry_run,
    key: row.msg_key,
    from: new Date(row.asked_from),
    to: new Date(row.asked_to),
    lookedAt: Number(row.looked_at),
    staged: Number(row.staged),
    taken: Number(row.taken),
    released: Number(row.released),
    leftOut: Number(row.left_out),
    horizon: new Date(row.horizon_at),
    by: row.asked_by,
    askedAt: new Date(row.asked_at),
    movedAt: new Date(row.moved_at),
  };
}
