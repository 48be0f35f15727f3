export { createConsumerClient, type KafkaClientName } from './consumer-client.js';
export { createKafka, type KafkaConnection } from './create-kafka.js';
export { topicRefusal, TopicsRefusedError } from './topic-refusal.js';
export {
  createMissingTopics,
  strangePartitions,
  topicDifferences,
  TopicMismatchError,
  type TopicDifference,
  type TopicSpec,
} from './topics.js';
