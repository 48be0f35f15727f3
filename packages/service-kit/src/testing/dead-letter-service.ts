import { z } from 'zod';
import { sqlMigrations } from '../database/index.js';
import { serviceSettings, subscribe, type ServiceConfig, type ServiceDefinition } from '../runtime/index.js';

/**
 * A service that stores the names of products and publishes a stock fact for each: for tests of what operators do to a
 * service's outbox and inbox.
 *
 * @param refused names of products that it cannot handle, as long as they are in here
 */
export function deadLetterService(refused: ReadonlySet<string>): ServiceDefinition<ServiceConfig> {
  return {
    name: 'deadletters',
    title: 'Dead letters',
    config: z.object(serviceSettings),
    entities: [],
    migrations: sqlMigrations([
      {
        name: 'dead_letters_0001',
        sql: 'CREATE TABLE item (n int GENERATED ALWAYS AS IDENTITY, product_id text NOT NULL, name text NOT NULL)',
      },
    ]),
    controllers: [],
    module: () => ({ module: class DeadLettersModule {} }),
    subscriptions: () => [
      subscribe('catalog-event', async (tx, messages) => {
        for (const { event, key } of messages) {
          const name = 'name' in event.payload ? event.payload.name : '';
          if (refused.has(name)) throw new RangeError(`cannot handle ${name}`);
          await tx.sql.query('INSERT INTO item(product_id,name) VALUES ($1,$2)', [key, name]);
          const fact = { delta: 1, onHand: 1, reserved: 0, available: 1, version: event.payload.version };
          tx.emit('product-event', event.productId, { type: 'CREATED', payload: fact });
        }
      }),
    ],
  };
}
