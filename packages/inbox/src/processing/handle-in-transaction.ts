import type { SqlClient } from '@outrider/common';
import { TransientError } from '../errors.js';
import { markOf } from '../positions/mark.js';
import { advancePositions, type PositionBefore } from '../statements/advance-positions.js';
import { insertOpenIds, type OpenIds } from '../statements/insert-open-ids.js';
import { insertParked, type NewParkedMessage } from '../statements/insert-parked.js';
import { lockPosition } from '../statements/lock-position.js';
import { parkKey } from '../statements/park-key.js';
import type { Subscription } from '../subscription.js';
import type { InboxContext } from './context.js';
import type { ReadableMessage, ReadMessage } from './read-message.js';
import { runHandler, type HandlerResult, type Progress } from './run-handler.js';
import type { Slice } from './slice.js';

export const BEHIND_PARKED_KEY = 'behind a parked message of its key';

/** Whether a transaction stores the end of its slices as the position, or only locks it (for a part of a slice). */
export type PositionUse = 'advance' | 'hold';

/** A slice is of another log than the stored position: its transaction is rolled back, and the position is checked. */
export class OtherLogError extends Error {
  override readonly name = 'OtherLogError';
  constructor({ topic, partition }: Slice) {
    super(`${topic} ${partition} does not hold the last message before its stored position`);
  }
}

/** What one transaction did. */
export interface SlicesResult extends HandlerResult {
  /** The slices that fit the stored positions; nothing was done for the others. */
  readonly fitting: ReadonlySet<Slice>;
  /** messages parked because their key is */
  readonly parked: number;
  readonly unreadable: number;
}

/**
 * One transaction: the positions, the parked keys with the ids, the effects. The keys and ids go to the database together with the
 * positions, as those are expected to be; where a position turns out to be another one, and the ids are not those of what is to be
 * handled, it is rolled back and done again, one after the other.
 *
 * @param slices of one topic, each of another partition
 * @throws OtherLogError
 */
export async function handleInTransaction<Tx>(
  context: InboxContext<Tx>,
  subscription: Subscription<unknown, Tx>,
  slices: readonly Slice[],
  position: PositionUse,
  progress: Progress,
): Promise<SlicesResult> {
  try {
    return await handleOnce(context, subscription, slices, position, progress, 'together');
  } catch (error) {
    if (!(error instanceof PositionMovedError)) throw error;
    return handleOnce(context, subscription, slices, position, progress, 'one after the other');
  }
}

/** The ids that were asked for are not those of what is to be handled. Nothing is at fault. */
class PositionMovedError extends TransientError {}

async function handleOnce<Tx>(
  context: InboxContext<Tx>,
  subscription: Subscription<unknown, Tx>,
  slices: readonly Slice[],
  position: PositionUse,
  progress: Progress,
  asked: 'together' | 'one after the other',
): Promise<SlicesResult> {
  const { consumer } = context;
  const { topic } = subscription;
  const lockPositions = position === 'advance' ? advance : hold;
  return context.transaction(async (tx) => {
    progress.handlerReached = false;
    const sql = context.sql(tx);
    const all = slices.flatMap(({ toHandle }) => toHandle);
    const openIdsOf = (messages: readonly ReadMessage[]): Promise<OpenIds> =>
      insertOpenIds(sql, consumer, topic, keysOf(messages), idsOf(messages));
    const [before, ahead] = await Promise.all([
      lockPositions(sql, consumer, topic, slices),
      asked === 'together' ? openIdsOf(all) : undefined,
    ]);
    for (const slice of slices) refuseOtherLog(slice, before.get(slice.partition));
    const fitting = new Set(slices.filter(({ partition }) => before.has(partition)));
    const messages = [...fitting].flatMap((slice) => {
      const from = before.get(slice.partition)?.offset ?? slice.from;
      return slice.toHandle.filter(({ raw }) => raw.offset >= from);
    });
    if (ahead !== undefined && messages.length < all.length) {
      const askedIds = new Set(idsOf(all).map(({ eventId }) => eventId));
      const ids = new Set(idsOf(messages).map(({ eventId }) => eventId));
      // inserted for what is not to be handled, which would count as handled then
      const tooMany = [...ahead.newIds].some((id) => !ids.has(id));
      // behind an unreadable message of their key, which is left out now: what was not asked for must not be taken for seen
      const tooFew = [...ids].some((id) => !askedIds.has(id));
      if (tooMany || tooFew) throw new PositionMovedError('a position moved');
    }
    if (fitting.size === 0) return { fitting, handled: 0, seen: 0, parked: 0, unreadable: 0, afterCommit: undefined };
    const { parkedKeys, newIds } = ahead ?? (await openIdsOf(messages));
    const { open, parked, unreadable } = await parkMessages(context, sql, topic, messages, parkedKeys);
    return { fitting, parked, unreadable, ...(await runHandler(tx, subscription, open, newIds, progress)) };
  });
}

/** The keys, in order. */
function keysOf(messages: readonly ReadMessage[]): string[] {
  return [...new Set(messages.flatMap(({ key }) => (key === null ? [] : [key])))].toSorted();
}

/** The ids of the messages that are handled where their key is not parked: those that follow no unreadable one of their key. */
function idsOf(messages: readonly ReadMessage[]): { readonly eventId: string; readonly key: string | null }[] {
  const unreadable = new Set<string>();
  return messages.flatMap((message) => {
    const { key } = message;
    if (message.kind === 'unreadable' && key !== null) unreadable.add(key);
    if (message.kind === 'unreadable' || (key !== null && unreadable.has(key))) return [];
    return [{ eventId: message.message.eventId, key }];
  });
}

/**
 * What a slice holds before the stored position is left out as committed already. That is only true in the log that the
 * position was counted in: the last message before it must be there.
 */
function refuseOtherLog(slice: Slice, before: PositionBefore | undefined): void {
  const last = before?.last;
  if (last === undefined || last.offset < slice.from) return;
  const found = slice.messages.find(({ offset }) => offset === last.offset);
  if (found === undefined || markOf(found).fingerprint !== last.fingerprint) throw new OtherLogError(slice);
}

async function advance(
  sql: SqlClient,
  consumer: string,
  topic: string,
  slices: readonly Slice[],
): Promise<Map<number, PositionBefore>> {
  const advances = slices.map(({ partition, from, next, messages }) => {
    const last = messages.at(-1);
    return { partition, from, next, last: last === undefined ? undefined : markOf(last) };
  });
  return advancePositions(sql, consumer, topic, advances);
}

async function hold(
  sql: SqlClient,
  consumer: string,
  topic: string,
  slices: readonly Slice[],
): Promise<Map<number, PositionBefore>> {
  const held = await Promise.all(
    slices.map(async ({ partition, from, next }) => {
      const position = await lockPosition(sql, consumer, topic, partition, from, next);
      return position === undefined ? [] : [[partition, position] as const];
    }),
  );
  return new Map(held.flat());
}

/** Parks what cannot be read and what follows a parked message of its key; the rest is `open`. */
async function parkMessages<Tx>(
  context: InboxContext<Tx>,
  sql: SqlClient,
  topic: string,
  messages: readonly ReadMessage[],
  parkedBefore: ReadonlySet<string>,
): Promise<{ open: ReadableMessage[]; parked: number; unreadable: number }> {
  const { consumer } = context;
  const parkedKeys = new Set(parkedBefore);
  const newlyParked = new Map<string, string>();
  const toPark: NewParkedMessage[] = [];
  const open: ReadableMessage[] = [];
  let unreadable = 0;
  for (const message of messages) {
    const { raw, key } = message;
    if (message.kind === 'unreadable') {
      unreadable += 1;
      toPark.push({ raw, key, eventId: null, reason: message.reason, attempts: key === null ? 1 : 0 });
      if (key !== null && !parkedKeys.has(key)) {
        parkedKeys.add(key);
        newlyParked.set(key, message.reason);
      }
    } else if (key !== null && parkedKeys.has(key)) {
      toPark.push({ raw, key, eventId: message.message.eventId, reason: BEHIND_PARKED_KEY });
    } else {
      open.push(message);
    }
  }
  for (const [key, reason] of [...newlyParked].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    await parkKey(sql, consumer, topic, key, reason, null);
  }
  for (const [partition, list] of Map.groupBy(toPark, ({ raw }) => raw.partition)) {
    await insertParked(sql, consumer, topic, partition, list);
  }
  return { open, parked: toPark.length - unreadable, unreadable };
}
