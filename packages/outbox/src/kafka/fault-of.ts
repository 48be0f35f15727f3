import type { Fault } from '../event-publisher.js';

/** An event that cannot be made into a message. */
export class EncodingError extends Error {
  override readonly name = 'EncodingError';
}

/** A topic has fewer partitions than its keys are spread over: some would be left out without an error. */
export class PartitionMissingError extends Error {
  override readonly name = 'PartitionMissingError';

  constructor(topic: string, partition: number) {
    super(`${topic} has no partition ${partition}`);
  }
}

/** The broker does not know the topic. */
export class UnknownTopicError extends Error {
  override readonly name = 'UnknownTopicError';
  readonly type = 'UNKNOWN_TOPIC_OR_PARTITION';

  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

/**
 * By the name of the error code that the broker answered with, or by that of the client's own error. Clients name some
 * codes differently. What is not in the table goes by whether the client would retry it; where it does not say that
 * either, it is unclear. docs/kafka-errors.md is the page for people.
 */
export const FAULTS: Readonly<Record<string, Fault>> = {
  // the event's own: it would be refused forever
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
  UNKNOWN_TOPIC_ID: 'unclear',
  INCONSISTENT_TOPIC_ID: 'unclear',
  KafkaJSMetadataNotLoaded: 'unclear',
  KafkaJSTopicMetadataNotLoaded: 'unclear',
  KafkaJSStaleTopicMetadataAssignment: 'unclear',
  INVALID_REQUEST: 'unclear',
  PartitionMissingError: 'unclear',

  // nobody's: broker away, leader moving, copies missing, throttled, too slow, credentials being changed
  UNKNOWN: 'broker',
  UNKNOWN_SERVER_ERROR: 'broker',
  LEADER_NOT_AVAILABLE: 'broker',
  NOT_LEADER_FOR_PARTITION: 'broker',
  NOT_LEADER_OR_FOLLOWER: 'broker',
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
  PLT_KFK_AUTHENTICATION: 'broker',
  PLT_KFK_NETWORK: 'broker',
};

interface KafkaFailure {
  readonly name?: unknown;
  /** kafkajs: the broker's error code by name */
  readonly type?: unknown;
  /** @platformatic/kafka: the broker's error code by name */
  readonly apiId?: unknown;
  /** @platformatic/kafka: the kind of error */
  readonly code?: unknown;
  /** kafkajs */
  readonly retriable?: unknown;
  /** @platformatic/kafka */
  readonly canRetry?: unknown;
  readonly cause?: unknown;
  /** @platformatic/kafka: of several brokers, or of several partitions of one answer */
  readonly errors?: unknown;
}

interface Named {
  readonly fault: Fault;
  readonly reason: string;
}

/** Deeper than clients wrap an error. */
const DEPTH = 6;
/** Of several errors, the one that blames an event least: what is refused for good shows itself when it is sent alone. */
const MILDEST: readonly Fault[] = ['broker', 'unclear', 'event'];

/** Whose fault an error of a Kafka client is, and a name for it. Its wrappers (retries exceeded and the like) are looked through. */
export function faultOf(error: unknown): Named {
  const named = nameOf(error, DEPTH);
  if (named !== undefined) return named;
  const chain = chainOf(error);
  const mayRetry = chain.map(({ retriable, canRetry }) => retriable ?? canRetry).findLast((word) => word !== undefined);
  const reason = chain.map(({ name }) => name).findLast((name) => typeof name === 'string');
  return { fault: mayRetry === true ? 'broker' : 'unclear', reason: reason ?? 'unknown' };
}

function nameOf(error: unknown, depth: number): Named | undefined {
  if (depth === 0 || typeof error !== 'object' || error === null) return undefined;
  const { type, apiId, name, code, cause, errors }: KafkaFailure = error;
  const own = inTable(type) ?? inTable(apiId) ?? inTable(name);
  if (own !== undefined) return own;
  const inner = [cause, ...(Array.isArray(errors) ? errors : [])].flatMap((one) => nameOf(one, depth - 1) ?? []);
  // its code says only that something is wrong with the network: what is within says more
  return MILDEST.flatMap((fault) => inner.find((one) => one.fault === fault) ?? [])[0] ?? inTable(code);
}

function inTable(word: unknown): Named | undefined {
  if (typeof word !== 'string' || !Object.hasOwn(FAULTS, word)) return undefined;
  const fault = FAULTS[word];
  return fault === undefined ? undefined : { fault, reason: word };
}

/** An error and its causes. */
function chainOf(error: unknown): KafkaFailure[] {
  const chain: KafkaFailure[] = [];
  for (let at = error; chain.length < DEPTH && typeof at === 'object' && at !== null;) {
    const failure: KafkaFailure = at;
    chain.push(failure);
    at = failure.cause;
  }
  return chain;
}
