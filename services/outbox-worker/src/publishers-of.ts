import { kafkajsOptions, platformaticOptions } from '@outrider/connections';
import { isTopic, TOPICS } from '@outrider/contracts';
import { renewConnections, stopIdleTimer, useFastProduceWriter } from '@outrider/kafkajs-fast';
import { KafkaEventPublisher, requestTimeoutMs as requestTimeoutOf, type EventPublisher } from '@outrider/outbox';
import type { Logger } from '@outrider/service-kit/logging';
import type { WorkerConfig } from './config.js';

const CLIENT_ID = 'outrider.outbox-worker';

/** Makes publishers on the client library that is set. One that is not chosen is not loaded. */
export async function publishersOf(
  config: Pick<WorkerConfig, 'CONNECTION_MAX_AGE_MS' | 'KAFKA' | 'KAFKA_CLIENT' | 'KAFKA_TOPIC_PREFIX' | 'LEASE_MS'>,
): Promise<(log: Logger) => EventPublisher> {
  const placing = {
    topicPrefix: config.KAFKA_TOPIC_PREFIX,
    partitionsOf: (topic: string) => (isTopic(topic) ? TOPICS[topic].partitions : undefined),
  };
  const requestTimeoutMs = requestTimeoutOf(config.LEASE_MS);
  if (config.KAFKA_CLIENT === 'platformatic') {
    const { PlatformaticEventPublisher } = await import('@outrider/outbox/platformatic');
    const kafka = { clientId: CLIENT_ID, ...platformaticOptions(config.KAFKA, config.CONNECTION_MAX_AGE_MS) };
    return () => new PlatformaticEventPublisher({ kafka, requestTimeoutMs, ...placing });
  }
  stopIdleTimer();
  useFastProduceWriter();
  const kafka = { clientId: CLIENT_ID, ...kafkajsOptions(config.KAFKA) };
  renewConnections(kafka.socketFactory, config.CONNECTION_MAX_AGE_MS);
  return (log) =>
    new KafkaEventPublisher({
      kafka,
      log,
      requestTimeoutMs,
      ...placing,
    });
}
