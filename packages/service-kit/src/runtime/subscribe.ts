import {
  decodeEvent,
  type Decoded,
  type EventOf,
  type ShopEvent,
  type ShopPayloads,
  type ShopTopic,
  type Topic,
} from '@outrider/contracts';
import type { AfterCommit, InboxMessage, Subscription } from '@outrider/inbox';
import type { Transaction } from '../database/index.js';
import type { EventSubscription } from './service.js';

/** A message of a topic as a handler sees it. */
export type Message<T extends Topic> = InboxMessage<EventOf<T>>;

type Handle<E> = (
  tx: Transaction,
  messages: readonly InboxMessage<E>[],
  seen: readonly InboxMessage<E>[],
) => Promise<AfterCommit | void>;

/** Connects a topic's contract with the code that handles its events. */
export function subscribe<T extends Topic>(topic: T, handle: Handle<EventOf<T>>): EventSubscription {
  return subscription(topic, (value) => decodeEvent(topic, value), handle);
}

/** The same of a topic of the shop's own. */
export function subscribeToShopTopic<P extends ShopPayloads>(
  topic: ShopTopic<P>,
  handle: Handle<ShopEvent<P>>,
): EventSubscription {
  return subscription<ShopEvent<P>>(topic.name, (value) => topic.decode(value), handle);
}

function subscription<E extends { readonly eventId: string }>(
  topic: string,
  decode: (value: Uint8Array | null) => Decoded<E>,
  handle: Handle<E>,
): EventSubscription {
  const subscribed: Subscription<E, Transaction> = {
    topic,
    decode(value) {
      const decoded = decode(value);
      return decoded.ok ? { ok: true, eventId: decoded.event.eventId, event: decoded.event } : decoded;
    },
    handle: (tx, messages, seen) => tx.trace.handling(topic, messages, () => handle(tx, messages, seen)),
  };
  // the inbox gives a subscription only what its own decode returned
  return subscribed;
}
