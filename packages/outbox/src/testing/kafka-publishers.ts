import type { EventPublisher } from '../event-publisher.js';
import { KafkaEventPublisher, type PlacingOptions } from '../kafka/kafka-event-publisher.js';
import { PlatformaticEventPublisher } from '../platformatic/index.js';
import { silent } from './outbox-under-test.js';

/** The client libraries that every suite of a publisher runs over. */
export const CLIENTS = ['kafkajs', 'platformatic'] as const;
export type Client = (typeof CLIENTS)[number];

export interface PublisherUnderTest extends PlacingOptions {
  readonly brokers: readonly string[];
  /** 3,000 */
  readonly requestTimeoutMs?: number;
  /** logs in with a wrong password */
  readonly sasl?: boolean;
}

export function publisherOn(client: Client, options: PublisherUnderTest): EventPublisher {
  const { brokers, requestTimeoutMs = 3_000, sasl = false, ...placing } = options;
  const login = { username: 'u', password: 'p' };
  if (client === 'kafkajs') {
    const kafka = {
      clientId: 'relay',
      brokers: [...brokers],
      ...(sasl && { sasl: { mechanism: 'plain', ...login } as const }),
    };
    return new KafkaEventPublisher({ kafka, log: silent, requestTimeoutMs, ...placing });
  }
  const kafka = {
    clientId: 'relay',
    bootstrapBrokers: [...brokers],
    ...(sasl && { sasl: { mechanism: 'PLAIN', ...login } as const }),
  };
  return new PlatformaticEventPublisher({ kafka, requestTimeoutMs, ...placing });
}
