import { kafkajsOptions, platformaticOptions } from '@outrider/connections';
import { isTopic, TOPICS } from '@outrider/contracts';
import { stopIdleTimer, useFastProduceWriter } from '@outrider/kafkajs-fast';
import { KafkaEventPublisher, requestTimeoutMs as requestTimeoutOf, type EventPublisher } from '@outrider/outbox';
import type { Logger } from '@outrider/service-kit/logging';
import type { WorkerConfig } from './config.js';

const CLIENT_ID = 'outrider.outbox-worker';

/** Makes publishers on the client library that is set. One that is not chosen is not loaded. */
export async function publishersOf(
  config: Pick<WorkerConfig, 'KAFKA' | 'KAFKA_CLIENT' | 'KAFKA_TOPIC_PREFIX' | 'LEASE_MS'>,
): Promise<(log: Logger) => EventPublisher> {
  const placing = {
    topicPrefix: config.KAFKA_TOPIC_PREFIX,
    partitionsOf: (topic: string) => (isTopic(topic) ? TOPICS[topic].partitions : undefined),
  };
  const requestTimeoutMs = requestTimeoutOf(config.LEASE_MS);
  if (config.KAFKA_CLIENT === 'platformatic') {
    const { PlatformaticEventPublisher } = await import('@outrider/outbox/platformatic');
    const kafka = { clientId: CLIENT_ID, ...platformaticOptions(config.KAFKA) };
    return () => new PlatformaticEventPublisher({ kafka, requestTimeoutMs, ...placing });
  }
  stopIdleTimer();
  useFastProduceWriter();
  return (log) =>
    new KafkaEventPublisher({
      kafka: { clientId: CLIENT_ID, ...kafkajsOptions(config.KAFKA) },
      log,
      requestTimeoutMs,
      ...placing,
    });
}
