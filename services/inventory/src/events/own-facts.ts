import { requestRestatement } from '@outrider/service-kit/database';
import { subscribe, type EventSubscription } from '@outrider/service-kit/runtime';

/**
 * inventory → inventory: its own stock facts come back, and show what a restored database has lost. A product that it
 * has lost comes again from the catalogue.
 */
export function ownFacts(): EventSubscription {
  return subscribe('product-event', async (tx, messages) => {
    await requestRestatement(
      tx.sql,
      messages.map(({ event: { eventId, occurredAt, payload } }) => ({
        eventId,
        occurredAt,
        version: payload.version,
      })),
    );
  });
}
