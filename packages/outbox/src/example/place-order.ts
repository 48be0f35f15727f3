// oxlint-disable no-restricted-imports -- as who reads the README imports it
import { stopIdleTimer } from '@outrider/kafkajs-fast';
import * as outbox from '@outrider/outbox';
import pg from 'pg';

const { DATABASE_URL: url = '', KAFKA_BROKERS = '', TOPIC_PREFIX = '' } = process.env;
const log = console;
const pool = new pg.Pool({ connectionString: url });
for (const { sql } of outbox.outboxMigrations) await pool.query(sql);
await pool.query('CREATE TABLE orders (id text PRIMARY KEY, total int)');

// a relay: in this process, in another, in as many as you like
stopIdleTimer();
const kafka = { clientId: 'example', brokers: KAFKA_BROKERS.split(',') };
const requestTimeoutMs = outbox.requestTimeoutMs(outbox.DEFAULT_RELAY_SETTINGS.leaseMs);
const publisher = new outbox.KafkaEventPublisher({ kafka, log, topicPrefix: TOPIC_PREFIX, requestTimeoutMs });
const relay = new outbox.Relay({ store: new outbox.PostgresOutboxStore({ database: url }), publisher, log });
relay.start();

// an order and its event, in one transaction: first the row, which locks it, then what happened to it
const eventId = outbox.newEventId();
const event = { eventId, key: 'order-1', topic: 'orders', type: 'ORDER_PLACED', payload: '{"total":4200}' };
await outbox.outboxDatabase(pool).transaction(async (tx) => {
  await tx.query('INSERT INTO orders VALUES ($1, $2)', [event.key, 4200]);
  await outbox.appendEvents(tx, [event]);
});
const notifier = new outbox.OutboxNotifier(pool, log);
notifier.committed([event]);

while ((await outbox.traceEvent(pool, eventId)).status !== 'PUBLISHED') await new Promise(setImmediate);
await notifier.close();
await relay.stop();
await pool.end();
