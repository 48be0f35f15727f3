import { subscribe, type EventSubscription } from '@outrider/service-kit/runtime';
import type { RestateCatalogue } from '../commands/restate-catalogue.js';

/** product → product: what it said itself comes back, and tells it what a restored database has forgotten. */
export function ownFactsSubscription(restateCatalogue: RestateCatalogue): EventSubscription {
  return subscribe('catalog-event', (tx, messages) =>
    restateCatalogue.look(
      tx,
      messages.map(({ event }) => event),
    ),
  );
}
