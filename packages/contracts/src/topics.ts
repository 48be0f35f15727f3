/** The services that send and read events. */
export type Service = 'order' | 'inventory' | 'payment' | 'product';

/** Who sends events: a service, or a program of the shop's own. */
export type Sender = Service | 'shop';

interface TopicFacts {
  readonly partitions: number;
  readonly keyField: 'orderId' | 'productId';
  /**
   * the services that subscribe; none: it is for programs outside. A service that sends facts reads its own: they show
   * what its database has lost when it was restored
   */
  readonly readers: readonly Service[];
}

/**
 * All topics, created and verified by the migrate step. Partitions are never added to a live topic:
 * it would move keys and so break the order of their events.
 */
export const TOPICS = {
  'reservation-event': { partitions: 12, keyField: 'orderId', readers: ['inventory'] },
  'payment-event': { partitions: 12, keyField: 'orderId', readers: ['payment'] },
  'order-event': { partitions: 12, keyField: 'orderId', readers: ['order'] },
  // apart from the services' answers: a program that answers checks may write here and nowhere else
  'check-event': { partitions: 12, keyField: 'orderId', readers: [] },
  'check-answer-event': { partitions: 12, keyField: 'orderId', readers: ['order'] },
  'order-lifecycle-event': { partitions: 12, keyField: 'orderId', readers: [] },
  'product-event': { partitions: 12, keyField: 'productId', readers: ['inventory', 'product'] },
  'catalog-event': { partitions: 12, keyField: 'productId', readers: ['inventory', 'order', 'product'] },
} as const satisfies Record<string, TopicFacts>;

export type Topic = keyof typeof TOPICS;

export const TOPIC_NAMES = Object.keys(TOPICS) as readonly Topic[];

/** How long a topic keeps its events, in milliseconds: 7 days. */
export const TOPIC_RETENTION_MS = 7 * 24 * 3600 * 1000;

/** Narrows a name from outside to a listed topic. */
export function isTopic(name: string): name is Topic {
  return Object.hasOwn(TOPICS, name);
}
