import { z } from 'zod';
import { TOPICS, type Topic } from '../topics.js';
import { catalogEventSchema } from './catalog-event.js';
import { checkAnswerEventSchema, checkEventSchema } from './check-event.js';
import type { About } from './define.js';
import { orderEventSchema } from './order-event.js';
import { orderLifecycleEventSchema } from './order-lifecycle-event.js';
import { paymentEventSchema } from './payment-event.js';
import { productEventSchema } from './product-event.js';
import { reservationEventSchema } from './reservation-event.js';

/** One discriminated union per topic; other types are refused. */
export const EVENT_SCHEMAS = {
  'reservation-event': reservationEventSchema,
  'payment-event': paymentEventSchema,
  'order-event': orderEventSchema,
  'check-event': checkEventSchema,
  'check-answer-event': checkAnswerEventSchema,
  'order-lifecycle-event': orderLifecycleEventSchema,
  'product-event': productEventSchema,
  'catalog-event': catalogEventSchema,
} as const satisfies Record<Topic, z.ZodDiscriminatedUnion>;

/** Any event of a topic, as it is on the wire. */
export type EventOf<T extends Topic> = z.infer<(typeof EVENT_SCHEMAS)[T]>;

/** The types a topic may carry. */
export type EventTypeOf<T extends Topic> = EventOf<T>['eventType'];

/** The types of a topic that may be sent: all but the `unsent`. */
export type SentTypeOf<T extends Topic> = z.infer<
  Exclude<(typeof EVENT_SCHEMAS)[T]['options'][number], { readonly about: { readonly unsent?: true } }>
>['eventType'];

/** The payload of one type of a topic. */
export type PayloadOf<T extends Topic, N extends EventTypeOf<T>> = Extract<EventOf<T>, { eventType: N }>['payload'];

/** An event of a topic that may be sent: a type, with the payload that belongs to this type and no other. */
export type SentEventOf<T extends Topic> = {
  [N in SentTypeOf<T>]: { readonly type: N; readonly payload: PayloadOf<T, N> };
}[SentTypeOf<T>];

/** A type of a topic: its name, the schema of the whole event, and what describes it. */
export interface EventTypeFacts {
  readonly type: string;
  readonly schema: z.ZodType;
  readonly about: About<unknown>;
}

/** Every type of every topic, in the order in which they are written down. */
export const EVENT_TYPE_FACTS: Readonly<Record<Topic, readonly EventTypeFacts[]>> = Object.fromEntries(
  Object.entries(EVENT_SCHEMAS).map(([topic, { options }]) => [
    topic,
    options.map((schema) => ({ type: schema.shape.eventType.value, schema, about: schema.about })),
  ]),
) as unknown as Record<Topic, readonly EventTypeFacts[]>;

/** Which types a topic lists, by name. */
export const EVENT_TYPES = namesOf(() => true);

const SENT_TYPES = namesOf(({ about }) => about.unsent !== true);

/** True for a type that may be sent; an unsent one can only be read. */
export function isSent(topic: Topic, type: string): boolean {
  return SENT_TYPES[topic].has(type);
}

/** The id that keys an event: events of one key keep their order. */
export function keyOf(topic: Topic, event: EventOf<Topic>): string {
  const key = (event as Record<string, unknown>)[TOPICS[topic].keyField];
  if (typeof key !== 'string') throw new TypeError(`event of ${topic} has no ${TOPICS[topic].keyField}`);
  return key;
}

function namesOf(which: (facts: EventTypeFacts) => boolean): Readonly<Record<Topic, ReadonlySet<string>>> {
  return Object.fromEntries(
    Object.entries(EVENT_TYPE_FACTS).map(([topic, types]) => [
      topic,
      new Set(types.filter((facts) => which(facts)).map(({ type }) => type)),
    ]),
  ) as unknown as Record<Topic, ReadonlySet<string>>;
}
