import { Inbox, KafkaEventConsumer, type Subscription } from '@outrider/inbox';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';

export const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'] });
pool.on('error', console.warn);
const kafka = new Kafka({ brokers: (process.env['KAFKA_BROKERS'] ?? '').split(','), logLevel: logLevel.ERROR });
type Paid = { id: string; customer: string; cents: number };

const payments: Subscription<Paid, pg.PoolClient> = {
  topic: 'payments',
  decode(value) {
    try {
      const event = JSON.parse(Buffer.from(value ?? '').toString()) as Paid;
      return { ok: true, eventId: event.id, event };
    } catch (error) {
      return { ok: false, reason: `not JSON: ${String(error)}` };
    }
  },
  // each event once, however often it comes; what is thrown here rolls back, and parks the key that is to blame
  async handle(tx, messages) {
    for (const { event } of messages) {
      await tx.query('INSERT INTO income(customer, cents) VALUES ($1, $2)', [event.customer, event.cents]);
    }
  },
};

async function transaction<T>(work: (tx: pg.PoolClient) => Promise<T>): Promise<T> {
  const tx = await pool.connect();
  try {
    await tx.query('BEGIN');
    const result = await work(tx);
    await tx.query('COMMIT');
    return result;
  } catch (error) {
    await tx.query('ROLLBACK');
    throw error;
  } finally {
    tx.release();
  }
}

const log = { debug() {}, info() {}, warn: console.warn, error: console.error };
const source = new KafkaEventConsumer({ kafka, groupId: 'books', log });
const common = { transaction, sql: (tx: pg.PoolClient) => tx, pool, log };
export const inbox = new Inbox({ consumer: 'books', subscriptions: [payments], source, ...common });
await inbox.start();
