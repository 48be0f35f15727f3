import { subscribe, type EventSubscription } from '@outrider/service-kit/runtime';
import type { RestateStock } from '../commands/restate-stock.js';

/** inventory → inventory: what it said itself comes back, and tells it what a restored database has forgotten. */
export function ownFacts(restateStock: RestateStock): EventSubscription {
  return subscribe('product-event', (tx, messages) =>
    restateStock.look(
      tx,
      messages.map(({ event }) => event),
    ),
  );
}
