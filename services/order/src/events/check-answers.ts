import { subscribe, type EventSubscription } from '@outrider/service-kit/runtime';
import type { AdvanceSagas } from '../commands/advance-sagas.js';
import type { SagaMetrics } from '../saga-metrics.js';
import { sagaMessage, versionOf } from './order-events.js';

/** What a program of the shop's own answered about orders; every type of the topic is an input of the saga. */
export function checkAnswers(advance: AdvanceSagas, metrics: SagaMetrics): EventSubscription {
  return subscribe('check-answer-event', async (tx, messages) => {
    const committed = await advance.execute(tx, messages.map(sagaMessage));
    return async () => {
      await committed?.();
      for (const { event, raw } of messages) metrics.answered('check', event.eventType, versionOf(raw.headers));
    };
  });
}
