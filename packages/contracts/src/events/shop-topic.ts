import { z } from 'zod';
import { isTopic } from '../topics.js';
import { decodeAs, encodeAs, type Decoded, type EncodedEvent, type EventSource } from './envelope.js';
import { envelope } from './define.js';

/** The payloads of a topic's event types, by their names. */
export type ShopPayloads = Readonly<Record<string, z.ZodType>>;

type TypeOf<P extends ShopPayloads> = keyof P & string;

/** An event of a shop's own topic, as a reader gets it. */
export type ShopEvent<P extends ShopPayloads> = {
  [N in TypeOf<P>]: {
    readonly eventId: string;
    readonly outboxId: string;
    /** events of one key are read in order */
    readonly key: string;
    readonly eventType: N;
    readonly schemaVersion: number;
    /** UTC, ISO 8601 */
    readonly occurredAt: string;
    readonly payload: z.infer<P[N]>;
  };
}[TypeOf<P>];

/** An event of a shop's own topic, as it is sent. */
export type ShopEventToSend<P extends ShopPayloads> = {
  [N in TypeOf<P>]: { readonly type: N; readonly payload: z.infer<P[N]> };
}[TypeOf<P>];

/** What Kafka must have for a topic of a shop's own. */
export interface ShopTopicFacts {
  /** without an installation's prefix */
  readonly name: string;
  /** never changed once events are in it: keys would move */
  readonly partitions: number;
}

/** A topic of a shop's own beside the core's. */
export interface ShopTopic<P extends ShopPayloads = ShopPayloads> extends ShopTopicFacts {
  /** @throws ZodError when the payload is not what the type says: a bug of the caller */
  encode(from: EventSource, key: string, event: ShopEventToSend<P>, now?: Date): EncodedEvent;
  /** Reads a message. Never throws; a type that is not the topic's is refused by its name. */
  decode(value: Uint8Array | null): Decoded<ShopEvent<P>>;
}

/**
 * Defines a topic of a shop's own, to be sent by `Transaction.emit` and read by `subscribe` or by a program of the shop's.
 *
 * A type that is new is read by all readers before it is sent, and a payload gets optional fields only, as with the core's.
 *
 * @param name in lower case, with hyphens; begins with the shop's name, so that no topic of the core ever has it
 * @throws RangeError when the core has a topic of this name, or it is no name
 */
export function defineShopTopic<P extends ShopPayloads>(
  name: string,
  payloads: P,
  { partitions = 12 }: { readonly partitions?: number } = {},
): ShopTopic<P> {
  if (isTopic(name)) throw new RangeError(`${name} is a topic of the core`);
  if (!/^[a-z][a-z0-9-]{0,99}$/u.test(name)) throw new RangeError(`a topic cannot be called ${JSON.stringify(name)}`);
  const schemas = new Map(
    Object.entries(payloads).map(([eventType, payload]) => [
      eventType,
      z.object({ ...envelope, key: z.string().min(1), eventType: z.literal(eventType), payload }),
    ]),
  );
  return {
    name,
    partitions,
    encode: (from, key, { type, payload }, now) => {
      const schema = schemas.get(type);
      if (schema === undefined) throw new RangeError(`${type} is no type of ${name}`);
      return encodeAs({ name, keyField: 'key', schema }, from, type, key, payload, now);
    },
    decode: (value) => decodeAs<ShopEvent<P>>(name, (type) => schemas.get(type), value),
  };
}
