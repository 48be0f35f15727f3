export {
  createDatabase,
  createRoles,
  dropDatabase,
  dropRoles,
  mayCreateRoles,
  withClient,
  type NewRole,
} from './databases.js';
export { freePort } from './free-port.js';
export { startInfra, type Infra, type InfraOptions } from './infra.js';
export { InfraError, type InfraErrorCode } from './infra-error.js';
export { Keeper, type KeptProcess } from './keeper/keeper.js';
export type { ProcessSpec } from './keeper/protocol.js';
export {
  freshDatabase,
  freshTopicPrefix,
  SHARED_INFRA_VARIABLES,
  sharedInfra,
  type SharedInfra,
} from './jest/shared-infra.js';
export { OwnPgBouncer } from './own-pgbouncer.js';
export { OwnKafka, type KafkaSecurity } from './own-kafka.js';
export { OwnPostgres, type PostgresSecurity } from './own-postgres.js';
export { OwnRedis, type RedisSecurity } from './own-redis.js';
export type { Log, Mode, Part } from './part.js';
export type { InfraSecurity } from './security.js';
export { startTcpProxy, type TcpProxy } from './tcp-proxy.js';
export { createTopics, deleteTopics, deleteTopicsOf, type TopicAdministrator } from './topics.js';
export { until } from './until.js';
