import { Redis } from 'ioredis';
import { Database } from './database.js';
import { authenticator, listen, type Routes } from './http.js';
import { consume, type Consuming } from './inbox.js';
import { handleForStock, stockRoutes } from './inventory.js';
import { handleForOrders, Orders } from './order.js';
import { Notifier } from './outbox.js';
import { Payments } from './payment.js';
import { Products } from './product.js';
import { relay } from './relay.js';
import type { Settings } from './settings.js';

// One process of the program that is written by hand: `node main.js <settings as JSON>`.
const settings = JSON.parse(process.argv[2] ?? '{}') as Settings;
const { part, databaseUrl, brokers, topicPrefix } = settings;

/** Starts to answer, then to consume. */
async function serve(routes: Routes, reading: Pick<Consuming, 'topics' | 'handle' | 'committed'>): Promise<void> {
  await consume({ brokers, topicPrefix, group: part, database, notifier, ...reading });
  await listen(settings.port, { ...routes, 'GET /livez': () => Promise.resolve({ status: 200, body: {} }) });
}

const database = new Database(databaseUrl);
const notifier = new Notifier(database);
const authenticate = authenticator(settings.jwksFile, settings.issuer, settings.audience);
switch (part) {
  case 'relay':
    await relay({
      owner: `relay-${process.pid}`,
      urls: settings.databaseUrls,
      brokers,
      topicPrefix,
      leaseMs: settings.leaseMs,
    });
    break;
  case 'order': {
    const orders = new Orders(database, notifier, authenticate);
    await serve(orders.routes, { topics: ['order-event', 'catalog-event'], handle: handleForOrders });
    break;
  }
  case 'inventory':
    await serve(stockRoutes(database, notifier, authenticate), {
      topics: ['reservation-event', 'catalog-event'],
      handle: handleForStock,
    });
    break;
  case 'payment': {
    const { providerUrl, webhookSecret } = settings;
    const payments = new Payments({ database, notifier, providerUrl, webhookSecret });
    await serve(payments.routes, {
      topics: ['payment-event'],
      handle: (sql, messages) => payments.handle(sql, messages),
      committed: () => payments.committed(),
    });
    break;
  }
  case 'product': {
    const products = new Products(database, notifier, new Redis(settings.redisUrl), topicPrefix, authenticate);
    await serve(products.routes, {
      topics: ['product-event'],
      handle: (sql, messages) => products.handle(sql, messages),
      committed: (messages) => products.committed(messages),
    });
    break;
  }
}
