import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import {
  decodeEvent,
  encodeUnsent,
  isTopic,
  TOPIC_NAMES,
  TOPICS,
  type EventOf,
  type EventTypeOf,
  type PayloadOf,
  type Role,
  type ShopTopicFacts,
  type Topic,
} from '@outrider/contracts';
import { partitionOf } from '@outrider/outbox';
import { freePort, freshDatabase, freshTopicPrefix, sharedInfra, until } from '@outrider/testkit';
import { createIdentity, type Identity } from '@outrider/testkit/identity';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import pg from 'pg';
import { hashApiKey } from '../auth/index.js';
import {
  migrateService,
  startService,
  type RunningService,
  type ServiceConfig,
  type ServiceDefinition,
} from '../runtime/index.js';

import { call, type CallOptions, type CallResult } from './call.js';

/** A service on a database, topics and keys of its own; the test stands in for the other services with `publish`. */
export interface TestService {
  readonly url: string;
  readonly adminUrl: string;
  readonly app: INestApplicationContext;
  readonly topicPrefix: string;
  readonly databaseUrl: string;
  /** the same database for the role that the service has */
  readonly roleUrl: string;
  readonly identity: Identity;
  token(sub: string, ...roles: readonly Role[]): Promise<string>;
  call(method: string, path: string, options?: CallOptions): Promise<CallResult>;
  /** Runs a query on its database. */
  sql<R extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<R[]>;
  /** Puts an event into Kafka as another service would. @returns its id */
  publish<T extends Topic, N extends EventTypeOf<T>>(
    topic: T,
    type: N,
    key: string,
    payload: PayloadOf<T, N>,
  ): Promise<string>;
  /** Puts many events into Kafka in one request, in order. */
  publishAll<T extends Topic>(
    topic: T,
    events: readonly { type: EventTypeOf<T>; key: string; payload: unknown }[],
  ): Promise<void>;
  /** Puts a value into Kafka as it is, without a check. */
  publishRaw(topic: Topic, key: string | null, value: string | Buffer | null): Promise<void>;
  /** The events in its outbox, in the order in which they were written. */
  emitted(): Promise<EventOf<Topic>[]>;
  emitted<T extends Topic>(topic: T): Promise<EventOf<T>[]>;
  /** Waits until the condition holds. */
  until(what: string, condition: () => Promise<boolean> | boolean): Promise<void>;
  /** Starts the service once more, on the same database and topics. */
  replica(env?: Readonly<Record<string, string>>): Promise<TestService>;
  close(): Promise<void>;
}

export interface TestServiceOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** the scopes of API keys, by key */
  readonly apiKeys?: Readonly<Record<string, readonly string[]>>;
  /** a Kafka of the test's own */
  readonly brokers?: readonly string[];
}

/** Starts a service in this process, migrated and consuming. */
export async function startTestService<C extends ServiceConfig>(
  definition: ServiceDefinition<C>,
  options: TestServiceOptions = {},
): Promise<TestService> {
  const { brokers: sharedBrokers, redisUrl } = await sharedInfra();
  const brokers = options.brokers ?? sharedBrokers;
  const topicPrefix = freshTopicPrefix();
  const database = await freshDatabase(definition.name);
  const directory = await mkdtemp(join(tmpdir(), 'outrider-identity-'));
  const identity = await createIdentity(directory);
  const kafka = new Kafka({ clientId: 'test', brokers: [...brokers], logLevel: logLevel.ERROR });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const pool = new pg.Pool({ connectionString: database.url, max: 4 });
  pool.on('error', () => {});
  // as in production the service is not the owner of its tables, unless a test has a database of its own
  const ownDatabase = options.env?.['DATABASE_URL'] === undefined;
  const env: Record<string, string> = {
    ...(ownDatabase ? { DATABASE_URL: await appRoleUrl(database.url) } : {}),
    KAFKA_BROKERS: brokers.join(','),
    KAFKA_TOPIC_PREFIX: topicPrefix,
    REDIS_URL: redisUrl,
    REDIS_PREFIX: topicPrefix,
    HOST: '127.0.0.1',
    JWT_ISSUER: identity.issuer,
    JWT_AUDIENCE: identity.audience,
    JWT_JWKS: identity.jwksFile,
    API_KEYS: JSON.stringify(
      Object.entries(options.apiKeys ?? {}).map(([key, scopes]) => ({
        name: `test-${randomBytes(3).toString('hex')}`,
        hashes: [hashApiKey(key)],
        scopes,
      })),
    ),
    RATE_LIMIT_PER_MINUTE: '1000000',
    // tests keep their connections, and await the end of a service
    HTTP_LINGER_MS: '0',
    LOG_LEVEL: 'error',
    ...options.env,
  };
  const cleanups: (() => Promise<unknown>)[] = [
    () => producer.disconnect(),
    () => pool.end(),
    () => deleteTopics(kafka, topicPrefix, definition.topics ?? []),
    () => database.drop(),
    () => rm(directory, { recursive: true, force: true }),
  ];
  const startOne = async (extra: Readonly<Record<string, string>> = {}): Promise<RunningService> => {
    const running = await startService(definition, {
      ...env,
      PORT: String(await freePort()),
      ADMIN_PORT: String(await freePort()),
      ...extra,
    });
    await running.consuming;
    return running;
  };
  try {
    await migrateService(definition, ownDatabase ? { ...env, DATABASE_URL: database.url, APP_ROLE } : env);
    await producer.connect();
    const first = await startOne();
    const roleUrl = env['DATABASE_URL'] ?? database.url;
    const shared = { topicPrefix, databaseUrl: database.url, roleUrl, identity, pool, producer };
    return testService(first, shared, startOne, async () => {
      for (const cleanUp of cleanups) await cleanUp();
    });
  } catch (error) {
    for (const cleanUp of cleanups) await cleanUp().catch(() => {});
    throw error;
  }
}

const APP_ROLE = 'outrider_test_app';
const ALREADY_THERE = new Set(['42710', '23505']);

/** The database's URL for the role that services have in tests, which is created on the server unless it is there. */
async function appRoleUrl(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`CREATE ROLE ${APP_ROLE} LOGIN PASSWORD 'outrider'`);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && ALREADY_THERE.has(String(error.code)))) throw error;
  } finally {
    await client.end();
  }
  const url = new URL(databaseUrl);
  url.username = APP_ROLE;
  url.password = 'outrider';
  return url.href;
}

interface Shared {
  readonly topicPrefix: string;
  readonly databaseUrl: string;
  readonly roleUrl: string;
  readonly identity: Identity;
  readonly pool: pg.Pool;
  readonly producer: Producer;
}

function testService(
  running: RunningService,
  shared: Shared,
  startOne: (env?: Readonly<Record<string, string>>) => Promise<RunningService>,
  closeShared: () => Promise<void>,
): TestService {
  const replicas: TestService[] = [];
  const { topicPrefix, pool, producer, identity } = shared;
  const send = async (
    topic: Topic,
    messages: readonly { key: string | null; value: string | Buffer | null; headers?: Record<string, string> }[],
  ) => {
    await producer.send({
      topic: topicPrefix + topic,
      acks: -1,
      messages: messages.map((message) => ({
        ...message,
        partition: message.key === null ? 0 : partitionOf(message.key, TOPICS[topic].partitions),
      })),
    });
  };
  const service: TestService = {
    url: running.url,
    adminUrl: running.adminUrl,
    app: running.app,
    topicPrefix,
    databaseUrl: shared.databaseUrl,
    roleUrl: shared.roleUrl,
    identity,
    token: (sub, ...roles) => identity.token({ sub, roles }),
    call: (method, path, options) => call(running.url, method, path, options),
    sql: async <R extends object>(text: string, values: readonly unknown[] = []) =>
      (await pool.query<R>(text, [...values])).rows,
    async publish(topic, type, key, payload) {
      const event = encodeUnsent({ source: 'test', version: '0' }, topic, type, key, payload);
      await send(topic, [{ key, value: event.payload, headers: { ...event.headers } }]);
      return event.eventId;
    },
    async publishAll(topic, events) {
      await send(
        topic,
        events.map(({ type, key, payload }) => {
          const event = encodeUnsent({ source: 'test', version: '0' }, topic, type, key, payload as never);
          return { key, value: event.payload, headers: { ...event.headers } };
        }),
      );
    },
    publishRaw: (topic, key, value) => send(topic, [{ key, value }]),
    async emitted(topic?: Topic) {
      const { rows } = await pool.query<{ topic: string; payload: string }>(
        'SELECT topic, payload FROM outbox_event WHERE $1::text IS NULL OR topic=$1 ORDER BY id',
        [topic ?? null],
      );
      return rows.map((row) => {
        if (!isTopic(row.topic)) throw new Error(`not a topic: ${row.topic}`);
        const decoded = decodeEvent(row.topic, Buffer.from(row.payload));
        if (!decoded.ok) throw new Error(decoded.reason);
        return decoded.event;
      }) as never;
    },
    until,
    async replica(env) {
      const replica = testService(await startOne(env), shared, startOne, async () => {});
      replicas.push(replica);
      return replica;
    },
    async close() {
      for (const replica of replicas) await replica.close();
      await running.close();
      await closeShared();
    },
  };
  return service;
}

async function deleteTopics(kafka: Kafka, prefix: string, own: readonly ShopTopicFacts[]): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topics = [...TOPIC_NAMES, ...own.map(({ name }) => name)];
    await admin.deleteTopics({ topics: topics.map((topic) => prefix + topic) });
  } finally {
    await admin.disconnect();
  }
}
