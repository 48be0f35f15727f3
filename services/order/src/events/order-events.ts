import { subscribe, type EventSubscription } from '@outrider/service-kit/runtime';
import type { AdvanceSagas } from '../commands/advance-sagas.js';
import type { SagaInput } from '../domain/saga-input.js';
import type { SagaMetrics } from '../saga-metrics.js';

/** Answers and provider updates of inventory and payment; every type of the topic is an input of the saga. */
export function orderEvents(advance: AdvanceSagas, metrics: SagaMetrics): EventSubscription {
  return subscribe('order-event', async (tx, messages) => {
    const committed = await advance.execute(
      tx,
      messages.map(({ event: { orderId, eventId, eventType, payload } }) => ({
        orderId,
        eventId,
        // type and payload belong together in the event, and so here
        input: { type: eventType, payload } as SagaInput,
      })),
    );
    return async () => {
      await committed?.();
      for (const { event, raw } of messages) {
        const leg = event.eventType.startsWith('PAYMENT_') ? 'payment' : 'inventory';
        metrics.answered(leg, event.eventType, versionOf(raw.headers));
      }
    };
  });
}

function versionOf(headers: readonly (readonly [name: string, value: Uint8Array])[]): string | undefined {
  const header = headers.find(([name]) => name === 'app-version');
  return header === undefined ? undefined : Buffer.from(header[1]).toString();
}
