import { subscribe, type EventSubscription } from '@outrider/service-kit/runtime';
import type { AdvanceSagas } from '../commands/advance-sagas.js';
import type { SagaInput } from '../domain/saga-input.js';

/** Answers and provider updates of inventory and payment; every type of the topic is an input of the saga. */
export function orderEvents(advance: AdvanceSagas): EventSubscription {
  return subscribe('order-event', (tx, messages) =>
    advance.execute(
      tx,
      messages.map(({ event: { orderId, eventId, eventType, payload } }) => ({
        orderId,
        eventId,
        // type and payload belong together in the event, and so here
        input: { type: eventType, payload } as SagaInput,
      })),
    ),
  );
}
