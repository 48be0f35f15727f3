import { z } from 'zod';
import { TOPICS, type Topic } from '../topics.js';
import { catalogEventSchema } from './catalog-event.js';
import { orderEventSchema } from './order-event.js';
import { orderLifecycleEventSchema } from './order-lifecycle-event.js';
import { paymentEventSchema } from './payment-event.js';
import { productEventSchema } from './product-event.js';
import { reservationEventSchema } from './reservation-event.js';

/** One discriminated union per topic: what is not listed here is refused by name. */
export const EVENT_SCHEMAS = {
  'reservation-event': reservationEventSchema,
  'payment-event': paymentEventSchema,
  'order-event': orderEventSchema,
  'order-lifecycle-event': orderLifecycleEventSchema,
  'product-event': productEventSchema,
  'catalog-event': catalogEventSchema,
} as const satisfies Record<Topic, z.ZodDiscriminatedUnion>;

/** Any event of a topic, as it is on the wire. */
export type EventOf<T extends Topic> = z.infer<(typeof EVENT_SCHEMAS)[T]>;

/** The types a topic may carry. */
export type EventTypeOf<T extends Topic> = EventOf<T>['eventType'];

/** The payload of one type of a topic. */
export type PayloadOf<T extends Topic, N extends EventTypeOf<T>> = Extract<EventOf<T>, { eventType: N }>['payload'];

/** Which types a topic lists, by name. */
export const EVENT_TYPES: Readonly<Record<Topic, ReadonlySet<string>>> = Object.fromEntries(
  Object.entries(EVENT_SCHEMAS).map(([topic, schema]) => [
    topic,
    new Set(schema.options.map((option) => option.shape.eventType.value as string)),
  ]),
) as unknown as Record<Topic, ReadonlySet<string>>;

/** The id that keys an event: events of one key keep their order. */
export function keyOf(topic: Topic, event: EventOf<Topic>): string {
  const key = (event as Record<string, unknown>)[TOPICS[topic].keyField];
  if (typeof key !== 'string') throw new TypeError(`event of ${topic} has no ${TOPICS[topic].keyField}`);
  return key;
}
