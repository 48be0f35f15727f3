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
export { KafkaEventConsumer, type KafkaEventConsumerOptions } from './kafka/kafka-event-consumer.js';
export { maintainDays, nextMaintenanceMs, type DaysOptions, type DaysResult } from './maintain-days.js';
export { inboxMigrations } from './migrations/index.js';
export type { InboxObserver, Log, Outcome } from './observer.js';
export type { AfterCommit, Decoded, InboxMessage, RawMessage, SqlClient, Subscription } from './ports.js';
export type { RetryEnd } from './retry-key.js';
export { DEFAULT_SETTINGS, type InboxSettings } from './settings.js';
export { inboxDeadLetters, type DeadLetterCount } from './statements/count-dead-letters.js';
export { isTransient } from './transient.js';
