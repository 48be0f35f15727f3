import type { Topic } from '@outrider/contracts';
import { HeardUntil, KafkaEventConsumer } from '@outrider/inbox';
import { createKafka } from '../kafka/index.js';
import type { ServiceConfig } from './config.js';
import type { ServiceContext } from './service.js';

/** Knows up to when all that came on a topic has been handled, for the clocks of the service that reads it. */
export function heardUntil(
  service: string,
  topic: Topic,
  { config, transactor, log }: ServiceContext<ServiceConfig>,
): HeardUntil {
  const consumer = `outrider.${service}`;
  return new HeardUntil({
    consumer,
    topic,
    // never started: it only looks where the log ends
    source: new KafkaEventConsumer({
      kafka: createKafka({ clientId: `outrider-${service}-ends`, brokers: config.KAFKA_BROKERS, log }),
      groupId: config.KAFKA_TOPIC_PREFIX + consumer,
      topicPrefix: config.KAFKA_TOPIC_PREFIX,
      log,
    }),
    pool: transactor.read().sql,
    log,
  });
}
