export { serviceSettings, type ServiceConfig } from './config.js';
export { extendService, type ServiceAdditions } from './extend-service.js';
export { topicProgress } from './topic-progress.js';
export { migrateService, planMigration, schemaOf, type MigrationPlan } from './migrate-service.js';
export { runService } from './run-service.js';
export {
  readServiceConfig,
  type EventSubscription,
  type RunningService,
  type ServiceContext,
  type ServiceDefinition,
} from './service.js';
export { startService } from './start-service.js';
export { subscribe, subscribeToShopTopic, type Message } from './subscribe.js';
export { roleSettings } from './role-settings.js';
