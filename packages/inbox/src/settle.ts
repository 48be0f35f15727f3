import type { InboxContext } from './context.js';
import type { AfterCommit, InboxMessage, SqlClient, Subscription } from './ports.js';
import type { Entry, ReadableEntry } from './read-message.js';
import { advanceOffsets } from './statements/advance-offsets.js';
import { holdOffset } from './statements/hold-offset.js';
import { holdParkedKeys } from './statements/hold-parked-keys.js';
import { insertIds } from './statements/insert-ids.js';
import { parkKey } from './statements/park-key.js';
import { setAside, type AsideMessage } from './statements/set-aside.js';

export const BEHIND_PARKED_KEY = 'behind a parked message of its key';

/** A piece of a partition, read: the log from `from` to `next` holds `entries` and nothing else. */
export interface Slice {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly next: bigint;
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
  const fence = move === 'move' ? advanceOffsets : holdOffsets;
  return context.transaction(async (tx) => {
    progress.handlerReached = false;
    const sql = context.sql(tx);
    const positions = await fence(sql, consumer, topic, slices);
    const fitting = new Set(slices.filter(({ partition }) => positions.has(partition)));
    if (fitting.size === 0) return { fitting, handled: 0, seen: 0, parked: 0, unreadable: 0, afterCommit: undefined };
    const entries = [...fitting].flatMap((slice) => {
      const at = positions.get(slice.partition) ?? slice.from;
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

async function holdOffsets(
  sql: SqlClient,
  consumer: string,
  topic: string,
  slices: readonly Slice[],
): Promise<Map<number, bigint>> {
  const held = new Map<number, bigint>();
  for (const { partition, from, next } of slices) {
    const at = await holdOffset(sql, consumer, topic, partition, from, next);
    if (at !== undefined) held.set(partition, at);
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
