import { randomUUID } from 'node:crypto';
import type { SqlClient } from '@outrider/common';
import { OutboxError } from '../errors.js';
import type { OutboxDatabase } from '../ports.js';
import { dropStaged } from '../statements/abandon-replay.js';
import { notify } from '../statements/notify.js';
import { releaseReplay } from '../statements/release-replay.js';
import {
  deleteOldReplays,
  insertReplay,
  listReplayRows,
  moveReplay,
  readHorizon,
  readReplay,
  type ReplayRow,
  type ReplayState,
} from '../statements/replay-rows.js';
import { stageReplay } from '../statements/stage-replay.js';
import { DEFAULT_HORIZON, checkedCount, checkedKey, checkedText, isUuid, invalidArgument } from './arguments.js';

const EVENTS_PER_STEP = 2_000;
const MAX_PER_STEP = 20_000;

export type { ReplayState } from '../statements/replay-rows.js';

/** What to send again: a key, a time range, or a key within a time range. */
export interface ReplayRequest {
  readonly key?: string;
  /** By the time in the event's id. Default: the log's beginning; required without a key. */
  readonly from?: Date;
  /** Exclusive. Default: the log's end; required without a key. */
  readonly to?: Date;
  /** Stops when the events are counted, until confirmReplay. */
  readonly dryRun?: boolean;
  /**
   * How old an event may be: a PostgreSQL interval, rounded to the beginning of the day (UTC). What was written earlier
   * is not sent again: consumers may have forgotten its id, and it would take effect twice. Checked when events are staged
   * and again when they are released. Default '7 days', as long as maintainDays keeps events by default.
   */
  readonly horizon?: string;
  /** Who asks for it. Required. */
  readonly by: string;
}

/** How far a replay is. */
export interface Replay {
  readonly job: string;
  /**
   * STAGING: events are looked up in the log. HELD: a dry run waits for confirmReplay. RELEASING: they become pending.
   * DONE. ABANDONING, ABANDONED: what was not released is not sent.
   */
  readonly state: ReplayState;
  /** DONE or ABANDONED: advanceReplay does nothing more. */
  readonly over: boolean;
  readonly dryRun: boolean;
  readonly key: string | null;
  readonly from: Date;
  readonly to: Date;
  /** events of the log that were examined */
  readonly lookedAt: number;
  /** events to be sent: what a dry run is for */
  readonly staged: number;
  /** of the staged, those processed */
  readonly taken: number;
  /** of the taken, those that became pending: the others were still pending, are parked or discarded, or left out */
  readonly released: number;
  /** events that match, had been sent, and are not sent again because they were written before the horizon */
  readonly leftOut: number;
  /** as it is today: it moves by a day each day */
  readonly horizon: Date;
  readonly by: string;
  readonly askedAt: Date;
  /** of the last step */
  readonly movedAt: Date;
}

/**
 * Creates a replay: events of the log are sent again, with the same ids and in the same order, and consumers that have
 * applied them ignore them. Nothing is sent until advanceReplay is called.
 *
 * @throws OutboxError OUTBOX_INVALID_ARGUMENT, OUTBOX_REPLAY_TOO_OLD (all of the time range lies before the horizon)
 */
export async function startReplay(client: SqlClient, request: ReplayRequest): Promise<Replay> {
  const { key, dryRun = false, horizon = DEFAULT_HORIZON } = request;
  const by = checkedText('by', request.by);
  if (key === undefined && (request.from === undefined || request.to === undefined)) {
    throw invalidArgument('a replay needs a key, or both from and to');
  }
  const from = checkedTime('from', request.from ?? new Date(0));
  const to = checkedTime('to', request.to ?? new Date(LAST_MS));
  if (from >= to) throw invalidArgument('to must be later than from');
  await deleteOldReplays(client);
  const row = await insertReplay(client, {
    job: randomUUID(),
    dryRun,
    key: key === undefined ? null : checkedKey(key),
    from,
    to,
    by,
    horizon,
  });
  if (row === undefined)
    throw tooOld(to, await readHorizon(client, horizon)) ?? invalidArgument('from lies in the future');
  return replayOf(row);
}

/**
 * Takes a replay one step further; to be called until it is over (or HELD). Any process may call it, several at once too:
 * the progress is kept in the database.
 *
 * @param options `events` of one step: 1 to 20,000, default 2,000
 * @throws OutboxError OUTBOX_REPLAY_UNKNOWN, OUTBOX_INVALID_ARGUMENT
 */
export async function advanceReplay(
  database: OutboxDatabase,
  job: string,
  options: { readonly events?: number } = {},
): Promise<Replay> {
  const events = checkedCount('events', options.events ?? EVENTS_PER_STEP, MAX_PER_STEP);
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

/** The newest first; ended ones are kept for a month. @param options `limit` 1 to 1,000, default 100 */
export async function listReplays(client: SqlClient, options: { readonly limit?: number } = {}): Promise<Replay[]> {
  return (await listReplayRows(client, checkedCount('limit', options.limit ?? 100, 1_000))).map(replayOf);
}

/**
 * Lets a dry run send what it found. Idempotent.
 * @throws OutboxError OUTBOX_REPLAY_UNKNOWN, OUTBOX_REPLAY_OVER (abandoned, or still STAGING)
 */
export async function confirmReplay(client: SqlClient, job: string): Promise<Replay> {
  return move(client, job, ['HELD'], 'RELEASING', ['RELEASING', 'DONE']);
}

/**
 * Drops what has not been released; what has been is sent. advanceReplay takes it to ABANDONED: until then the staged
 * events keep their days of the log from being dropped. Idempotent.
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
  alreadyThere: readonly ReplayState[],
): Promise<Replay> {
  const row = isUuid(job) ? await moveReplay(client, job, from, to) : undefined;
  if (row !== undefined) return replayOf(row);
  const replay = await replayStatus(client, job);
  if (alreadyThere.includes(replay.state)) return replay;
  throw new OutboxError('OUTBOX_REPLAY_OVER', `the replay is ${replay.state}`);
}

function tooOld(to: Date, horizon: Date): OutboxError | undefined {
  if (to > horizon) return undefined;
  return new OutboxError(
    'OUTBOX_REPLAY_TOO_OLD',
    `events written before ${horizon.toISOString()} are not replayed: consumers may have forgotten their ids and would ` +
      `apply them twice; replay what was written since, and correct what is older where it is missing`,
  );
}

/** PostgreSQL's timestamps end before the times of a UUIDv7 do. */
const LAST_MS = Date.UTC(9999, 0);

function checkedTime(name: string, time: Date): Date {
  const ms = time.getTime();
  if (!(ms >= 0 && ms <= LAST_MS)) throw invalidArgument(`${name} must be a time between 1970 and 9999`);
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
