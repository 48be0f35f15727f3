import 'reflect-metadata';
import type { EntitySchema } from '@mikro-orm/core';
import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import type { ShopTopicFacts } from '@outrider/contracts';
import type { Subscription } from '@outrider/inbox';
import { type z } from 'zod';
import type { Background } from '../background/index.js';
import { readConfig } from '../config/index.js';
import type { MikroORM, ServiceMigration, Transaction, Transactor } from '../database/index.js';
import type { ReadinessCheck } from '../health/index.js';
import type { Logger } from '../logging/index.js';
import type { Metrics, Readings } from '../metrics/index.js';
import type { Stage } from '../process/index.js';
import type { ServiceConfig } from './config.js';

/** What the runtime gives a service to build itself from. */
export interface ServiceContext<C extends ServiceConfig> {
  readonly config: C;
  readonly orm: MikroORM;
  readonly transactor: Transactor;
  readonly metrics: Metrics;
  /** of the database, for gauges that are read at each scrape */
  readonly readings: Readings;
  readonly log: Logger;
}

/** A service that is running. */
export interface RunningService {
  /** http://host:port of the public port */
  readonly url: string;
  readonly adminUrl: string;
  readonly app: INestApplicationContext;
  /** Resolves when the schema was found current and consumers and background tasks have started. */
  readonly consuming: Promise<void>;
  /** Stops everything, stage by stage: requests, batches and rounds that have begun are finished. */
  close(): Promise<void>;
}

/** What reads a topic of a service. */
export type EventSubscription = Subscription<unknown, Transaction>;

/** What a service is made of. */
export interface ServiceDefinition<C extends ServiceConfig> {
  /** order, inventory, payment, product: names the consumer group, the event source, the log lines */
  readonly name: string;
  readonly title: string;
  readonly config: z.ZodType<C>;
  readonly entities: readonly EntitySchema[];
  /** the service's own tables; those of outbox, inbox and idempotency come before */
  readonly migrations: readonly ServiceMigration[];
  /** of the shop's own: `migrate` creates them beside the core's */
  readonly topics?: readonly ShopTopicFacts[];
  /** of these, the tables in which nothing is changed once it is written: the service's role may only read and add */
  readonly appendOnly?: readonly string[];
  readonly controllers: readonly Type[];
  /** the whole wiring */
  module(context: ServiceContext<C>): DynamicModule;
  subscriptions(app: INestApplicationContext): readonly EventSubscription[];
  /** work on a timer, started after the consumers */
  background?(app: INestApplicationContext, context: ServiceContext<C>): readonly Background[];
  readiness?(app: INestApplicationContext): readonly ReadinessCheck[];
  /** parts of its own, started after the database and stopped before it, when nothing uses them any more */
  stages?(app: INestApplicationContext): readonly Stage[];
}

/** Reads the service's settings. @throws ConfigError naming every wrong key. */
export function readServiceConfig<C extends ServiceConfig>(
  definition: ServiceDefinition<C>,
  env: NodeJS.ProcessEnv,
): C {
  return readConfig(definition.config, env);
}
