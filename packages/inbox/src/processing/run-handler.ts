import type { AfterCommit, InboxMessage, Subscription } from '../subscription.js';
import type { ReadableMessage } from './read-message.js';

/** How far a transaction got: an error before its handler was called cannot be a message's fault. */
export interface Progress {
  handlerReached: boolean;
}

/** What a handler did in a transaction. */
export interface HandlerResult {
  /** messages whose effects are new */
  readonly handled: number;
  /** messages whose effects were there already */
  readonly seen: number;
  readonly afterCommit: AfterCommit | undefined;
}

/**
 * Calls the subscription's handler with readable messages, in their order: those whose id is new have effects, the others are
 * passed as seen. Of an id that comes twice, the first message is new.
 */
export async function runHandler<Tx>(
  tx: Tx,
  subscription: Subscription<unknown, Tx>,
  messages: readonly ReadableMessage[],
  newIds: ReadonlySet<string>,
  progress: Progress,
): Promise<HandlerResult> {
  if (messages.length === 0) return { handled: 0, seen: 0, afterCommit: undefined };
  const left = new Set(newIds);
  const fresh: InboxMessage<unknown>[] = [];
  const seen: InboxMessage<unknown>[] = [];
  for (const { message } of messages) (left.delete(message.eventId) ? fresh : seen).push(message);
  progress.handlerReached = true;
  const afterCommit = (await subscription.handle(tx, fresh, seen)) ?? undefined;
  return { handled: fresh.length, seen: seen.length, afterCommit };
}
