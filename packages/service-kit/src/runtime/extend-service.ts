import type { EntitySchema } from '@mikro-orm/core';
import type { INestApplicationContext, Provider, Type } from '@nestjs/common';
import type { ShopTopicFacts } from '@outrider/contracts';
import type { ServiceMigration } from '../database/index.js';
import type { ServiceConfig } from './config.js';
import type { EventSubscription, ServiceContext, ServiceDefinition } from './service.js';

/** What a shop adds to a service of the core. */
export interface ServiceAdditions<C extends ServiceConfig> {
  /** controllers of its own endpoints: their paths are none of the core's */
  readonly controllers?: readonly Type[];
  /** what those are made of */
  providers?(context: ServiceContext<C>): readonly Provider[];
  readonly entities?: readonly EntitySchema[];
  /** of its own tables; they run after the core's, and their names begin with the shop's */
  readonly migrations?: readonly ServiceMigration[];
  /** of the shop's own, that the service sends or reads */
  readonly topics?: readonly ShopTopicFacts[];
  /** of topics that the service does not read itself */
  subscriptions?(app: INestApplicationContext): readonly EventSubscription[];
}

/**
 * A service of the core with a shop's own endpoints, tables and consumers beside what it has; they share its database,
 * its transactions and its outbox.
 */
export function extendService<C extends ServiceConfig>(
  service: ServiceDefinition<C>,
  additions: ServiceAdditions<C>,
): ServiceDefinition<C> {
  const { controllers = [], entities = [], migrations = [], topics = [] } = additions;
  return {
    ...service,
    controllers: [...service.controllers, ...controllers],
    entities: [...service.entities, ...entities],
    migrations: [...service.migrations, ...migrations],
    topics: [...(service.topics ?? []), ...topics],
    module(context) {
      const core = service.module(context);
      return {
        ...core,
        controllers: [...(core.controllers ?? []), ...controllers],
        providers: [...(core.providers ?? []), ...(additions.providers?.(context) ?? [])],
      };
    },
    subscriptions: (app) => [...service.subscriptions(app), ...(additions.subscriptions?.(app) ?? [])],
  };
}
