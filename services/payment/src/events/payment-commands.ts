import type { EventOf } from '@outrider/contracts';
import { subscribe, type EventSubscription } from '@outrider/service-kit/runtime';
import type { AttemptRunner } from '../commands/attempt-runner.js';
import type { IncomingRequest } from '../domain/command-batch.js';
import { takeRequests } from '../commands/receive-commands.js';

/**
 * Takes order's commands in. The provider is called by the runner, after the commit and on its own time: a slow one
 * must not hold up the partition.
 */
export function paymentRequests(runner: AttemptRunner, provider: string): EventSubscription {
  return subscribe('payment-event', async (tx, messages) => {
    const requests = messages.map(({ event }) => requestOf(event));
    const { attempts, left } = await takeRequests(tx, requests, provider, runner);
    return async () => {
      runner.add(attempts);
      if (left) runner.wake();
    };
  });
}

function requestOf(event: EventOf<'payment-event'>): IncomingRequest {
  const { orderId, payload } = event;
  const { commandId } = payload;
  switch (event.eventType) {
    case 'PAYMENT_CREATE_REQUEST': {
      const { amount, currency, paymentMethod } = event.payload;
      return { orderId, commandId, request: { kind: 'CREATE', amount, currency, paymentMethod } };
    }
    case 'PAYMENT_CONFIRM_REQUEST':
      return { orderId, commandId, request: { kind: 'CONFIRM', amount: event.payload.amount } };
    case 'PAYMENT_RELEASE_REQUEST':
      return { orderId, commandId, request: { kind: 'RELEASE', reason: event.payload.reason } };
    case 'PAYMENT_REFUND_REQUEST': {
      const { refundId, amount } = event.payload;
      return { orderId, commandId, request: { kind: 'REFUND', refundId, amount } };
    }
  }
}
