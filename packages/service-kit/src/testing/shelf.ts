import { z } from 'zod';
import { sqlMigrations } from '../database/index.js';
import { serviceSettings, subscribe, type ServiceConfig, type ServiceDefinition } from '../runtime/index.js';

/**
 * A service that puts the products it hears of onto a shelf and tells of them: for tests of what is done to every
 * service's outbox and inbox by hand.
 *
 * @param refused names of products that it cannot take, as long as they are in here
 */
export function shelfWith(refused: ReadonlySet<string>): ServiceDefinition<ServiceConfig> {
  return {
    name: 'shelf',
    title: 'Shelf',
    config: z.object(serviceSettings),
    entities: [],
    migrations: sqlMigrations([
      {
        name: 'shelf_0001',
        sql: 'CREATE TABLE item (n int GENERATED ALWAYS AS IDENTITY, product_id text NOT NULL, name text NOT NULL)',
      },
    ]),
    controllers: [],
    module: () => ({ module: class ShelfModule {} }),
    subscriptions: () => [
      subscribe('catalog-event', async (tx, messages) => {
        for (const { event, key } of messages) {
          const name = 'name' in event.payload ? event.payload.name : '';
          if (refused.has(name)) throw new RangeError(`no room for ${name}`);
          await tx.sql.query('INSERT INTO item(product_id,name) VALUES ($1,$2)', [key, name]);
          const fact = { delta: 1, onHand: 1, reserved: 0, available: 1, version: event.payload.version };
          tx.emit('product-event', 'CREATED', event.productId, fact);
        }
      }),
    ],
  };
}
