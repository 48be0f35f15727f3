import type { Attributes } from '@opentelemetry/api';
import { isTopic, TOPICS } from '@outrider/contracts';

/** What spans say of an event, and nothing else: ids and names, no content. */
export interface TracedEvent {
  readonly topic: string;
  readonly key: string;
  readonly eventId: string;
  readonly type?: string | undefined;
  readonly partition?: number | undefined;
}

export function eventAttributes({ topic, key, eventId, type, partition }: TracedEvent): Attributes {
  return {
    ...topicAttributes(topic, partition),
    'outrider.event.id': eventId,
    'outrider.event.type': type,
    'outrider.order.id': orderOf(topic, key),
  };
}

export function topicAttributes(topic: string, partition?: number): Attributes {
  return {
    'messaging.system': 'kafka',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': partition === undefined ? undefined : String(partition),
  };
}

/** The order that a key names, in topics whose key is an order's id. */
export function orderOf(topic: string, key: string): string | undefined {
  return isTopic(topic) && TOPICS[topic].keyField === 'orderId' ? key : undefined;
}

/** What kind of error it was. Its message stays in the log, which is redacted: it may repeat what a customer wrote. */
export function errorAttributes(error: unknown): Attributes {
  if (typeof error !== 'object' || error === null) return { 'error.type': typeof error };
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  const type = typeof code === 'string' || typeof code === 'number' ? code : name;
  return { 'error.type': typeof type === 'string' || typeof type === 'number' ? String(type).slice(0, 60) : 'unknown' };
}
