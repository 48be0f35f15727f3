import type { Topic } from '@outrider/contracts';
import { TopicProgress, KafkaEventConsumer } from '@outrider/inbox';
import { createConsumerClient } from '../kafka/index.js';
import type { ServiceConfig } from './config.js';
import type { ServiceContext } from './service.js';

/** Knows up to which time a service has handled every message of these topics; its deadlines do not pass before that. */
export function topicProgress(
  service: string,
  topics: readonly Topic[],
  { config, transactor, log }: ServiceContext<ServiceConfig>,
): TopicProgress {
  const consumer = `outrider.${service}`;
  let reader: Promise<KafkaEventConsumer> | undefined;
  // never started: only the log is read; and created when a deadline has passed, which is rare
  const source = (): Promise<KafkaEventConsumer> =>
    (reader ??= createConsumerClient(config.KAFKA_CLIENT, {
      clientId: `outrider-${service}-ends`,
      server: config.KAFKA,
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
  return new TopicProgress({
    consumer,
    topics,
    source: {
      logRanges: async (topics) => (await source()).logRanges(topics),
      messagesAt: async (positions) => (await source()).messagesAt(positions),
    },
    pool: { query: (text, values) => transactor.read().query(text, values) },
    log,
  });
}
