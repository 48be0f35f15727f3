export { InboxError, TransientError, type InboxErrorCode } from './errors.js';
export type {
  BatchEnd,
  EventConsumer,
  FetchedBatch,
  LogRange,
  PartitionHandler,
  Position,
  TopicPartition,
} from './event-consumer.js';
export { Inbox, type InboxOptions } from './inbox.js';
export type { ConsumerClient, GroupMember, MemberOptions, MemberSigns } from './kafka/consumer-client.js';
export { KafkajsClient } from './kafka/kafkajs-client.js';
export { KafkaEventConsumer, type KafkaEventConsumerOptions } from './kafka/kafka-event-consumer.js';
export { inboxMigrations } from './migrations/index.js';
export type { InboxObserver, LogBreak, Outcome } from './observer.js';
export { onPool } from './on-pool.js';
export { listParked } from './parked/list-parked.js';
export type { ParkedContent, ParkedCursor, ParkedKey, ParkedMessage } from './parked/parked-message.js';
export type { RetryKeyResult } from './parked/retry-key.js';
export type { RetryMessageResult } from './parked/retry-message.js';
export { TopicProgress, type TopicProgressOptions } from './positions/topic-progress.js';
export { readText } from './processing/read-text.js';
export { isTransient } from './processing/transient.js';
export { maintainDays } from './retention/maintain-days.js';
export { DEFAULT_SETTINGS, type InboxSettings } from './settings.js';
export { readDays, type InboxDays } from './statements/read-days.js';
export { countDeadLetters, type DeadLetterCount } from './statements/count-dead-letters.js';
export type { Discard } from './statements/discard-messages.js';
export { findParkedKey } from './statements/list-parked-keys.js';
export { readParkedMessage, readParkedOfKey } from './statements/read-parked.js';
export { inboxDayFunctions, inboxRights } from './migrations/rights.js';
export type { AfterCommit, Decoded, InboxMessage, RawMessage, Subscription } from './subscription.js';
