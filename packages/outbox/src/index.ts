export { appendEvents, type AppendOptions } from './append-events.js';
export { OutboxError, type OutboxErrorCode } from './errors.js';
export { maintainDays } from './maintain-days.js';
export { outboxMigrations } from './migrations/index.js';
export { OutboxNotifier } from './outbox-notifier.js';
export { partitionOf } from './partition-of.js';
export { newEventId } from './new-event-id.js';
export { discardKey, type Discard } from './operations/discard-key.js';
export { listParked, type ParkedKey, type ParkedPage } from './operations/list-parked.js';
export { readParkedKey, type ParkedEvent, type ParkedKeyEvents } from './operations/read-parked-key.js';
export {
  abandonReplay,
  advanceReplay,
  confirmReplay,
  listReplays,
  replayStatus,
  startReplay,
  type Replay,
  type ReplayRequest,
  type ReplayState,
} from './operations/replay.js';
export { traceEvent, type EventTrace } from './operations/trace-event.js';
export { retryKey } from './operations/retry-key.js';
export type { OutboxDatabase, OutboxEvent } from './ports.js';
export { assertPoolerKeepsStatements } from './postgres/assert-pooler-keeps-statements.js';
export { relaySessionSettings } from './postgres/connect.js';
export { keepSessionsFresh } from './postgres/keep-sessions-fresh.js';
export { endsSession, isStaleSession } from './postgres/session-faults.js';
export { statementName } from './postgres/statement-name.js';
export { outboxDatabase } from './postgres/pool-database.js';
export type { PostgresAddress } from './postgres/postgres-address.js';
export { shardOf, SHARDS } from './shard-of.js';
export { canWrite } from './statements/can-write.js';
export { listRelays, type LiveRelay } from './statements/read-relays.js';
export { listShards, type OutboxShard } from './statements/read-shards.js';
export { resumeCopiedOutbox } from './statements/resume-copy.js';
export { readDays, type OutboxDays } from './statements/read-days.js';
export { MOST_COUNTED, readLag, type OutboxLag } from './statements/read-lag.js';
export { systemClock, type Clock } from './clock.js';
export {
  PublishError,
  type EventPublisher,
  type Fault,
  type OutgoingEvent,
  type PublisherLane,
} from './event-publisher.js';
export { KafkaEventPublisher, type KafkaEventPublisherOptions } from './kafka/kafka-event-publisher.js';
export type {
  ClaimedLease,
  FencedResult,
  KeyedEvent,
  KeyFailure,
  LaneStore,
  OutboxStore,
  PendingEvent,
  SessionEvents,
  StoredLease,
  StoreSession,
  HeartbeatResult,
} from './outbox-store.js';
export { PostgresOutboxStore, type PostgresOutboxStoreOptions } from './postgres/postgres-outbox-store.js';
export type { RelayObserver } from './relay/observer.js';
export { Relay, type RelayOptions } from './relay/relay.js';
export { DEFAULT_RELAY_SETTINGS, requestTimeoutMs, type RelaySettings } from './relay/settings.js';
export { outboxDayFunctions, outboxRights, type OutboxRights } from './rights.js';
