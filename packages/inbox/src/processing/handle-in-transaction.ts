import type { SqlClient } from '@outrider/common';
import type { InboxContext } from './context.js';
import { markOf } from '../positions/mark.js';
import type { AfterCommit, InboxMessage, RawMessage, Subscription } from '../subscription.js';
import type { Entry, ReadableEntry } from './read-message.js';
import { advanceOffsets, type Stood } from '../statements/advance-positions.js';
import { holdOffset } from '../statements/lock-position.js';
import { holdParkedKeys } from '../statements/lock-parked-keys.js';
import { insertIds } from '../statements/insert-event-ids.js';
import { parkKey } from '../statements/park-key.js';
import { setAside, type AsideMessage } from '../statements/insert-parked.js';

export const BEHIND_PARKED_KEY = 'behind a parked message of its key';

/** A piece of a partition, read: the log from `from` to `next` holds `messages` and nothing else. */
export interface Slice {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly next: bigint;
  readonly messages: readonly RawMessage[];
  /** what is to be settled of them, read */
  readonly entries: readonly Entry[];
}

/** How far a transaction got: an error before its handler was called cannot be a message's fault. */
export interface Progress {
  handlerReached: boolean;
}

export interface Settled {
  readonly handled: number;
  readonly seen: number;
  readonly parked: number;
  readonly unreadable: number;
  readonly afterCommit: AfterCommit | undefined;
}

/** A slice is of another log than the stored position: nothing of its transaction stays, the position is looked for. */
export class OtherLogError extends Error {
  override readonly name = 'OtherLogError';
  constructor({ topic, partition }: Slice) {
    super(`${topic} ${partition} does not hold the message that its stored position stands on`);
  }
}

/** What became of slices of one topic that were settled in one transaction. */
export interface SettledTogether extends Settled {
  /** Those that fitted the stored positions; nothing was done for the others. */
  readonly fitting: ReadonlySet<Slice>;
}

/**
 * One transaction: the positions, the parked keys, the ids, the effects. `move` says whether the positions go to the
 * slices' ends with it, or only guard it (for a part of a slice).
 *
 * @param slices of one topic, each of another partition
 * @throws OtherLogError
 */
export async function settle<Tx>(
  context: InboxContext<Tx>,
  subscription: Subscription<unknown, Tx>,
  slices: readonly Slice[],
  move: 'move' | 'hold',
  progress: Progress,
): Promise<SettledTogether> {
  const { consumer } = context;
  const { topic } = subscription;
  const fence = move === 'move' ? advanceAll : holdAll;
  return context.transaction(async (tx) => {
    progress.handlerReached = false;
    const sql = context.sql(tx);
    const stood = await fence(sql, consumer, topic, slices);
    for (const slice of slices) refuseOtherLog(slice, stood.get(slice.partition));
    const fitting = new Set(slices.filter(({ partition }) => stood.has(partition)));
    if (fitting.size === 0) return { fitting, handled: 0, seen: 0, parked: 0, unreadable: 0, afterCommit: undefined };
    const entries = [...fitting].flatMap((slice) => {
      const at = stood.get(slice.partition)?.at ?? slice.from;
      return slice.entries.filter(({ raw }) => raw.offset >= at);
    });
    const { open, parked, unreadable } = await setAsideParked(context, sql, topic, entries);
    const { fresh, seen } = await splitByIds(sql, consumer, open);
    let afterCommit: AfterCommit | undefined;
    if (open.length > 0) {
      progress.handlerReached = true;
      afterCommit = (await subscription.handle(tx, fresh, seen)) ?? undefined;
    }
    return { fitting, handled: fresh.length, seen: seen.length, parked, unreadable, afterCommit };
  });
}

/**
 * A slice that reaches back behind the stored position has what is before it left out as settled already, which is only
 * true of the log that the position was counted in: its last message must lie there.
 */
function refuseOtherLog(slice: Slice, stood: Stood | undefined): void {
  const last = stood?.last;
  if (last === undefined || last.offset < slice.from) return;
  const there = slice.messages.find(({ offset }) => offset === last.offset);
  if (there === undefined || markOf(there).name !== last.name) throw new OtherLogError(slice);
}

async function advanceAll(
  sql: SqlClient,
  consumer: string,
  topic: string,
  slices: readonly Slice[],
): Promise<Map<number, Stood>> {
  const stretches = slices.map(({ partition, from, next, messages }) => {
    const last = messages.at(-1);
    return { partition, from, next, last: last === undefined ? undefined : markOf(last) };
  });
  return advanceOffsets(sql, consumer, topic, stretches);
}

async function holdAll(
  sql: SqlClient,
  consumer: string,
  topic: string,
  slices: readonly Slice[],
): Promise<Map<number, Stood>> {
  const held = new Map<number, Stood>();
  for (const { partition, from, next } of slices) {
    const stood = await holdOffset(sql, consumer, topic, partition, from, next);
    if (stood !== undefined) held.set(partition, stood);
  }
  return held;
}

/** Sets aside what cannot be read and what stands behind a parked message of its key; the rest is `open`. */
async function setAsideParked<Tx>(
  context: InboxContext<Tx>,
  sql: SqlClient,
  topic: string,
  entries: readonly Entry[],
): Promise<{ open: ReadableEntry[]; parked: number; unreadable: number }> {
  const { consumer } = context;
  const keys = [...new Set(entries.flatMap(({ key }) => (key === null ? [] : [key])))].toSorted();
  const parkedKeys = await holdParkedKeys(sql, consumer, topic, keys);
  const newlyParked = new Map<string, string>();
  const aside: AsideMessage[] = [];
  const open: ReadableEntry[] = [];
  let unreadable = 0;
  for (const entry of entries) {
    const { raw, key } = entry;
    if (entry.kind === 'unreadable') {
      unreadable += 1;
      aside.push({ raw, key, eventId: null, reason: entry.reason, attempts: key === null ? 1 : 0 });
      if (key !== null && !parkedKeys.has(key)) {
        parkedKeys.add(key);
        newlyParked.set(key, entry.reason);
      }
    } else if (key !== null && parkedKeys.has(key)) {
      aside.push({ raw, key, eventId: entry.message.eventId, reason: BEHIND_PARKED_KEY });
    } else {
      open.push(entry);
    }
  }
  for (const [key, reason] of [...newlyParked].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    await parkKey(sql, consumer, topic, key, reason, null);
  }
  for (const [partition, messages] of Map.groupBy(aside, ({ raw }) => raw.partition)) {
    await setAside(sql, consumer, topic, partition, messages);
  }
  return { open, parked: aside.length - unreadable, unreadable };
}

/** Which messages are new; of an id that comes twice in one batch, the first. */
export async function splitByIds(
  sql: SqlClient,
  consumer: string,
  entries: readonly ReadableEntry[],
): Promise<{ fresh: InboxMessage<unknown>[]; seen: InboxMessage<unknown>[] }> {
  const unused = await insertIds(
    sql,
    consumer,
    entries.map(({ message }) => message.eventId),
  );
  const fresh: InboxMessage<unknown>[] = [];
  const seen: InboxMessage<unknown>[] = [];
  for (const { message } of entries) (unused.delete(message.eventId) ? fresh : seen).push(message);
  return { fresh, seen };
}
