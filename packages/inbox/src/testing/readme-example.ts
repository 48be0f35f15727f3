import { Inbox, KafkaEventConsumer, KafkajsClient, onPool, type Subscription } from '@outrider/inbox';
import { Kafka } from 'kafkajs';
import pg from 'pg';

const { DATABASE_URL, KAFKA_BROKERS = '' } = process.env;
export const pool = new pg.Pool({ connectionString: DATABASE_URL }).on('error', console.warn);
const client = new KafkajsClient(new Kafka({ brokers: KAFKA_BROKERS.split(',') }));
const log = { debug() {}, info() {}, warn: console.warn, error: console.error };

const payments: Subscription<{ customer: string; cents: number }, pg.PoolClient> = {
  topic: 'payments',
  decode(value) {
    try {
      const { id, ...event } = JSON.parse(Buffer.from(value ?? '').toString());
      return { ok: true, eventId: id, event };
    } catch (error) {
      return { ok: false, reason: `not JSON: ${String(error)}` };
    }
  },
  // each event once, however often it comes; an error rolls back, and parks the key of the message that fails
  async handle(tx, messages) {
    for (const { event } of messages) {
      await tx.query('INSERT INTO income(customer, cents) VALUES ($1, $2)', [event.customer, event.cents]);
    }
  },
};

const source = new KafkaEventConsumer({ client, groupId: 'books', log });
export const inbox = new Inbox({ consumer: 'books', subscriptions: [payments], source, log, ...onPool(pool) });
await inbox.start();
