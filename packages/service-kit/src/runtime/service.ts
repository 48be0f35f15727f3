import 'reflect-metadata';
import type { EntitySchema } from '@mikro-orm/core';
import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import type { Subscription } from '@outrider/inbox';
import { type z } from 'zod';
import type { Background } from '../background/index.js';
import { readConfig } from '../config/index.js';
import type { MikroORM, ServiceMigration, Transaction, Transactor } from '../database/index.js';
import type { ReadinessCheck } from '../health/index.js';
import type { Logger } from '../logging/index.js';
import type { Metrics } from '../metrics/index.js';
import type { ServiceConfig } from './config.js';

/** What the runtime gives a service to build itself from. */
export interface ServiceContext<C extends ServiceConfig> {
  readonly config: C;
  readonly orm: MikroORM;
  readonly transactor: Transactor;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** A service that serves and consumes. */
export interface RunningService {
  /** http://host:port of the public side */
  readonly url: string;
  readonly adminUrl: string;
  readonly app: INestApplicationContext;
  /** Resolves when the schema was found current and consumers and background work have begun. */
  readonly consuming: Promise<void>;
  /** Ends everything in good order: requests, batches and rounds in hand are finished. */
  close(): Promise<void>;
}

/** A message handler's parts, once the service's own objects are there. */
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
  readonly controllers: readonly Type[];
  /** the whole wiring */
  module(context: ServiceContext<C>): DynamicModule;
  subscriptions(app: INestApplicationContext): readonly EventSubscription[];
  /** work of its own accord, started after the consumers */
  background?(app: INestApplicationContext, context: ServiceContext<C>): readonly Background[];
  readiness?(app: INestApplicationContext): readonly ReadinessCheck[];
  /** closed last, before the database */
  closings?(app: INestApplicationContext): readonly { readonly name: string; close(): Promise<void> }[];
}

/** Reads the service's settings. @throws ConfigError naming every wrong key. */
export function readServiceConfig<C extends ServiceConfig>(
  definition: ServiceDefinition<C>,
  env: NodeJS.ProcessEnv,
): C {
  return readConfig(definition.config, env);
}
