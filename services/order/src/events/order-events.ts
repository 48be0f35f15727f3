import { subscribe, type EventSubscription, type Message } from '@outrider/service-kit/runtime';
import type { SagaMessage } from '../commands/apply-inputs.js';
import type { AdvanceSagas } from '../commands/advance-sagas.js';
import type { SagaInput } from '../domain/saga-input.js';
import type { SagaMetrics } from '../saga-metrics.js';

/** Answers and provider updates of inventory and payment; every type of the topic is an input of the saga. */
export function orderEvents(advance: AdvanceSagas, metrics: SagaMetrics): EventSubscription {
  return subscribe('order-event', async (tx, messages) => {
    const committed = await advance.execute(tx, messages.map(sagaMessage));
    return async () => {
      await committed?.();
      for (const { event, raw } of messages) {
        const leg = event.eventType.startsWith('PAYMENT_') ? 'payment' : 'inventory';
        metrics.answered(leg, event.eventType, versionOf(raw.headers));
      }
    };
  });
}

/** An event as the input of its order's saga. */
export function sagaMessage({
  event: { orderId, eventId, eventType, payload },
}: Message<'order-event'> | Message<'check-answer-event'>): SagaMessage {
  // type and payload belong together in the event, and so here
  return { orderId, eventId, input: { type: eventType, payload } as SagaInput };
}

/** The version of the program that sent an event; undefined when it does not say. */
export function versionOf(headers: readonly (readonly [name: string, value: Uint8Array])[]): string | undefined {
  const header = headers.find(([name]) => name === 'app-version');
  return header === undefined ? undefined : Buffer.from(header[1]).toString();
}
