import type { Topic } from '@outrider/contracts';
import { HeardUntil, KafkaEventConsumer } from '@outrider/inbox';
import { createConsumerClient } from '../kafka/index.js';
import type { ServiceConfig } from './config.js';
import type { ServiceContext } from './service.js';

/** Knows up to when all that came on a topic has been handled, for the clocks of the service that reads it. */
export function heardUntil(
  service: string,
  topic: Topic,
  { config, transactor, log }: ServiceContext<ServiceConfig>,
): HeardUntil {
  const consumer = `outrider.${service}`;
  let looker: Promise<KafkaEventConsumer> | undefined;
  // never started: it only looks at the log; and made when somebody is late, which is seldom
  const source = (): Promise<KafkaEventConsumer> =>
    (looker ??= createConsumerClient(config.KAFKA_CLIENT, {
      clientId: `outrider-${service}-ends`,
      brokers: config.KAFKA_BROKERS,
      log,
    }).then(
      (client) =>
        new KafkaEventConsumer({
          client,
          groupId: config.KAFKA_TOPIC_PREFIX + consumer,
          topicPrefix: config.KAFKA_TOPIC_PREFIX,
          log,
        }),
    ));
  return new HeardUntil({
    consumer,
    topic,
    source: {
      logRanges: async (topics) => (await source()).logRanges(topics),
      messagesAt: async (positions) => (await source()).messagesAt(positions),
    },
    pool: { query: (text, values) => transactor.read().sql.query(text, values) },
    log,
  });
}
