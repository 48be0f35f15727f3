import { Inbox, KafkaEventConsumer, maintainDays, onPool } from '@outrider/inbox';
import { repeat } from '@outrider/service-kit/background';
import { clientOf } from '@outrider/connections';
import { createConsumerClient } from '@outrider/service-kit/kafka';
import type { Logger } from '@outrider/service-kit/logging';
import pg from 'pg';
import type { WarehouseConfig } from './config.js';
import { migrate } from './migrate.js';
import { packingSlips } from './packing-slips.js';

/** Names the warehouse to Kafka and in the inbox's tables: another name gets every order again. */
const CONSUMER = 'custom-shop.warehouse';
const HOUR_MS = 3_600_000;

export interface Warehouse {
  readonly inbox: Inbox<pg.PoolClient>;
  /** Finishes the batch in hand and leaves. */
  close(): Promise<void>;
}

/** Begins to write packing slips. Any number of processes may; Kafka shares the partitions out between them. */
export async function startWarehouse(config: WarehouseConfig, log: Logger): Promise<Warehouse> {
  const pool = new pg.Pool({
    Client: clientOf(config.DATABASE, pg.Client),
    application_name: CONSUMER,
    // a database that is gone without a word is given up, and by the database a warehouse that is
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
    idle_in_transaction_session_timeout: 10_000,
  });
  pool.on('error', (error) => log.warn({ err: error }, 'a connection to the database broke'));
  try {
    await migrate(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const prefix = config.KAFKA_TOPIC_PREFIX;
  const inbox = new Inbox({
    consumer: CONSUMER,
    subscriptions: [packingSlips],
    source: new KafkaEventConsumer({
      client: await createConsumerClient(config.KAFKA_CLIENT, {
        clientId: CONSUMER,
        server: config.KAFKA,
        log,
      }),
      groupId: prefix + CONSUMER,
      topicPrefix: prefix,
      log,
    }),
    ...onPool(pool),
    log,
  });
  await inbox.start();
  const days = repeat('days of the inbox', HOUR_MS, log, async () => void (await maintainDays(pool)));
  return {
    inbox,
    async close() {
      await Promise.all([inbox.stop(), days.close()]);
      await pool.end();
    },
  };
}
