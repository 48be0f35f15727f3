import type { FetchedBatch } from '../event-consumer.js';
import type { RawMessage, Subscription } from '../subscription.js';
import { readMessage, type ReadMessage } from './read-message.js';

/** A piece of a partition's log: from `from` to `next`, exclusive, it holds `messages` and no other. */
export interface Slice {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly next: bigint;
  readonly messages: readonly RawMessage[];
  /** those of `messages` that are to be handled, read */
  readonly toHandle: readonly ReadMessage[];
}

/** Cuts a batch into slices of at most `maxMessages`; one that holds no message is one slice, for its position. */
export function* slicesOf(
  batch: FetchedBatch,
  decode: Subscription<unknown, never>['decode'],
  maxMessages: number,
): Generator<Slice> {
  const { topic, partition, messages } = batch;
  let from = batch.from;
  let first = 0;
  do {
    const part = messages.slice(first, first + maxMessages);
    first += maxMessages;
    const last = part.at(-1);
    const next = first >= messages.length || last === undefined ? batch.next : last.offset + 1n;
    yield { topic, partition, from, next, messages: part, toHandle: part.map((raw) => readMessage(decode, raw)) };
    from = next;
  } while (first < messages.length);
}

/** The messages by key, keys in the order of their first message; a message without a key is a group of its own. */
export function groupsByKey(messages: readonly ReadMessage[]): ReadMessage[][] {
  const groups: ReadMessage[][] = [];
  const byKey = new Map<string, ReadMessage[]>();
  for (const message of messages) {
    const known = message.key === null ? undefined : byKey.get(message.key);
    if (known !== undefined) {
      known.push(message);
      continue;
    }
    const group = [message];
    groups.push(group);
    if (message.key !== null) byKey.set(message.key, group);
  }
  return groups;
}
