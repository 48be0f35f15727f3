/**
 * Every topic there is, made and verified by the migrate step. Partitions are never added to a live topic:
 * it would move keys and so break the order of their events.
 */
export const TOPICS = {
  'reservation-event': { partitions: 12, keyField: 'orderId' },
  'payment-event': { partitions: 12, keyField: 'orderId' },
  'order-event': { partitions: 12, keyField: 'orderId' },
  'order-lifecycle-event': { partitions: 12, keyField: 'orderId' },
  'product-event': { partitions: 12, keyField: 'productId' },
  'catalog-event': { partitions: 12, keyField: 'productId' },
} as const;

export type Topic = keyof typeof TOPICS;

export const TOPIC_NAMES = Object.keys(TOPICS) as readonly Topic[];

/** How long a topic keeps its events, in milliseconds: 7 days. */
export const TOPIC_RETENTION_MS = 7 * 24 * 3600 * 1000;

/** Narrows a name from outside to a listed topic. */
export function isTopic(name: string): name is Topic {
  return Object.hasOwn(TOPICS, name);
}
