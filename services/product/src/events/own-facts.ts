import { subscribe, type EventSubscription } from '@outrider/service-kit/runtime';
import { restateForgotten } from '../commands/restate-catalogue.js';

/** product → product: its own events come back, and show what a restored database has lost. */
export function ownFacts(): EventSubscription {
  return subscribe('catalog-event', (tx, messages) =>
    restateForgotten(
      tx,
      messages.map(({ event }) => event),
    ),
  );
}
