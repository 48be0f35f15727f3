import { decodeEvent, type EventOf, type Topic } from '@outrider/contracts';
import type { AfterCommit, InboxMessage, Subscription } from '@outrider/inbox';
import type { Transaction } from '../database/index.js';
import type { EventSubscription } from './service.js';

/** A message of a topic as a handler sees it. */
export type Message<T extends Topic> = InboxMessage<EventOf<T>>;

/** Connects a topic's contract with the code that handles its events. */
export function subscribe<T extends Topic>(
  topic: T,
  handle: (
    tx: Transaction,
    messages: readonly Message<T>[],
    seen: readonly Message<T>[],
  ) => Promise<AfterCommit | void>,
): EventSubscription {
  const subscription: Subscription<EventOf<T>, Transaction> = {
    topic,
    decode(value) {
      const decoded = decodeEvent(topic, value);
      return decoded.ok ? { ok: true, eventId: decoded.event.eventId, event: decoded.event } : decoded;
    },
    handle: (tx, messages, seen) => tx.trace.handling(topic, messages, () => handle(tx, messages, seen)),
  };
  // the inbox gives a subscription only what its own decode returned
  return subscription;
}
