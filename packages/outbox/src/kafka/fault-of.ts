import type { Fault } from '../event-publisher.js';

/** An event that cannot be made into a message. */
export class EncodingError extends Error {
  override readonly name = 'EncodingError';
}

/** A topic has fewer partitions than its keys are spread over: some would have been left out without a word. */
export class PartitionMissingError extends Error {
  override readonly name = 'PartitionMissingError';
}

/**
 * By `type` of a KafkaJSProtocolError (what the broker answered) or by `name` of any other error of kafkajs. What is not
 * in the table goes by `retriable`; what has not even that is unclear. docs/kafka-errors.md says it to people.
 */
export const FAULTS: Readonly<Record<string, Fault>> = {
  // the event's own: it would be refused for ever
  MESSAGE_TOO_LARGE: 'event',
  RECORD_LIST_TOO_LARGE: 'event',
  INVALID_RECORD: 'event',
  INVALID_TIMESTAMP: 'event',
  CORRUPT_MESSAGE: 'event',
  INVALID_TOPIC_EXCEPTION: 'event',
  TOPIC_AUTHORIZATION_FAILED: 'event',
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 'event',
  POLICY_VIOLATION: 'event',
  EncodingError: 'event',

  // a topic that is being made, or a broker that has just started and does not know yet; or one that nobody makes
  UNKNOWN_TOPIC_OR_PARTITION: 'unclear',
  KafkaJSMetadataNotLoaded: 'unclear',
  KafkaJSTopicMetadataNotLoaded: 'unclear',
  KafkaJSStaleTopicMetadataAssignment: 'unclear',
  INVALID_REQUEST: 'unclear',
  PartitionMissingError: 'unclear',

  // nobody's: broker away, leader moving, copies missing, throttled, too slow, credentials being changed
  UNKNOWN: 'broker',
  LEADER_NOT_AVAILABLE: 'broker',
  NOT_LEADER_FOR_PARTITION: 'broker',
  REQUEST_TIMED_OUT: 'broker',
  BROKER_NOT_AVAILABLE: 'broker',
  REPLICA_NOT_AVAILABLE: 'broker',
  NETWORK_EXCEPTION: 'broker',
  NOT_ENOUGH_REPLICAS: 'broker',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'broker',
  KAFKA_STORAGE_ERROR: 'broker',
  LOG_DIR_NOT_FOUND: 'broker',
  FENCED_LEADER_EPOCH: 'broker',
  UNKNOWN_LEADER_EPOCH: 'broker',
  STALE_BROKER_EPOCH: 'broker',
  NOT_CONTROLLER: 'broker',
  CLUSTER_AUTHORIZATION_FAILED: 'broker',
  SASL_AUTHENTICATION_FAILED: 'broker',
  ILLEGAL_SASL_STATE: 'broker',
  KafkaJSSASLAuthenticationError: 'broker',
  KafkaJSConnectionError: 'broker',
  KafkaJSConnectionClosedError: 'broker',
  KafkaJSRequestTimeoutError: 'broker',
  KafkaJSBrokerNotFound: 'broker',
  KafkaJSNoBrokerAvailableError: 'broker',
  KafkaJSTimeout: 'broker',
  KafkaJSLockTimeout: 'broker',
};

interface KafkaFailure {
  readonly name?: unknown;
  readonly type?: unknown;
  readonly retriable?: unknown;
  readonly cause?: unknown;
}

/** Deeper than kafkajs wraps an error. */
const DEPTH = 5;

/** Whose fault an error of kafkajs is, and a name for it. Its wrappers (retries exceeded, not retriable) are looked through. */
export function faultOf(error: unknown): { readonly fault: Fault; readonly reason: string } {
  let retriable: unknown;
  let reason = 'unknown';
  let at: unknown = error;
  for (let depth = 0; depth < DEPTH && typeof at === 'object' && at !== null; depth += 1) {
    const failure: KafkaFailure = at;
    for (const word of [failure.type, failure.name]) {
      if (typeof word !== 'string') continue;
      const fault = Object.hasOwn(FAULTS, word) ? FAULTS[word] : undefined;
      if (fault !== undefined) return { fault, reason: word };
    }
    if (failure.retriable !== undefined) retriable = failure.retriable;
    if (typeof failure.name === 'string') reason = failure.name;
    at = failure.cause;
  }
  return { fault: retriable === true ? 'broker' : 'unclear', reason };
}
