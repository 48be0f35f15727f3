import type { EventOf } from '@outrider/contracts';
import { subscribe, type EventSubscription } from '@outrider/service-kit/runtime';
import type { AttemptRunner } from '../commands/attempt-runner.js';
import { receiveCommands } from '../commands/receive-commands.js';
import type { IncomingCommand } from '../domain/command-batch.js';

/**
 * Receives order's commands. The runner calls the provider after the commit: a slow provider must not hold up the
 * partition.
 *
 * @param provider the name that new payments are stored under
 */
export function paymentCommands(runner: AttemptRunner, provider: string): EventSubscription {
  return subscribe('payment-event', async (tx, messages) => {
    const commands = messages.map(({ event }) => commandOf(event));
    const { attempts, left } = await receiveCommands(tx, commands, provider, runner);
    return async () => {
      runner.add(attempts);
      if (left) runner.wake();
    };
  });
}

function commandOf(event: EventOf<'payment-event'>): IncomingCommand {
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
