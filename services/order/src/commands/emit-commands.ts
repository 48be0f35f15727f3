import type { PayloadOf } from '@outrider/contracts';
import type { Transaction } from '@outrider/service-kit/database';
import type { AcceptedOrder, OrderLine } from '../domain/accepted-order.js';
import { keepStockUntil } from '../domain/customer-action.js';
import type { OpenRefund } from '../domain/refund.js';
import type { SagaCommand } from '../domain/saga-command.js';
import type { Saga } from '../domain/saga-state.js';
import type { SagaTiming } from '../domain/saga-timing.js';

/** What the events of an order's commands are made of. */
export interface CommandFacts {
  readonly order: AcceptedOrder;
  readonly saga: Saga;
  /** needed by the commands that `needsLines` names */
  readonly lines: readonly OrderLine[];
  readonly timing: SagaTiming;
}

/** Does the command's event repeat the order's lines? */
export function needsLines(command: SagaCommand): boolean {
  return command.type === 'RESERVATION_CREATE_REQUEST' || command.type === 'CHECK_REQUESTED';
}

/** Appends commands to the outbox, each as a new event: a retry has the same command id and a new event id. */
export function emitCommands(tx: Transaction, commands: readonly SagaCommand[], facts: CommandFacts): void {
  for (const command of commands) emitCommand(tx, command, facts);
}

function emitCommand(
  tx: Transaction,
  { type, commandId }: SagaCommand,
  { order, saga, lines, timing }: CommandFacts,
): void {
  switch (type) {
    case 'RESERVATION_CREATE_REQUEST':
      return tx.emit('reservation-event', order.id, {
        type,
        payload: { commandId, lines: lines.map(({ productId, quantity }) => ({ productId, quantity })) },
      });
    case 'RESERVATION_EXTEND_REQUEST': {
      const until = keepStockUntil(saga, timing).toISOString();
      return tx.emit('reservation-event', order.id, { type, payload: { commandId, until } });
    }
    case 'RESERVATION_CONFIRM_REQUEST':
      return tx.emit('reservation-event', order.id, { type, payload: { commandId } });
    case 'RESERVATION_RELEASE_REQUEST':
      return tx.emit('reservation-event', order.id, {
        type,
        payload: { commandId, reason: saga.why?.code ?? saga.outcome },
      });
    case 'PAYMENT_CREATE_REQUEST': {
      const { total: amount, currency, paymentMethod } = order;
      return tx.emit('payment-event', order.id, { type, payload: { commandId, amount, currency, paymentMethod } });
    }
    case 'PAYMENT_CONFIRM_REQUEST':
      return tx.emit('payment-event', order.id, { type, payload: { commandId, amount: order.total } });
    case 'PAYMENT_RELEASE_REQUEST':
      return tx.emit('payment-event', order.id, {
        type,
        payload: { commandId, reason: saga.why?.code ?? saga.outcome },
      });
    case 'CHECK_REQUESTED':
      return tx.emit('check-event', order.id, { type, payload: { commandId, ...checkedFacts(order, lines) } });
    case 'RESERVATION_RESTOCK_REQUEST': {
      const { refundId, restock } = refundOf(saga);
      return tx.emit('reservation-event', order.id, { type, payload: { commandId, refundId, lines: [...restock] } });
    }
    case 'PAYMENT_REFUND_REQUEST': {
      const { refundId, amount } = refundOf(saga);
      return tx.emit('payment-event', order.id, { type, payload: { commandId, refundId, amount } });
    }
  }
}

function checkedFacts(
  { customerId, reference, adjustments, total, currency, metadata }: AcceptedOrder,
  lines: readonly OrderLine[],
): Omit<PayloadOf<'check-event', 'CHECK_REQUESTED'>, 'commandId'> {
  return {
    customerId,
    ...(reference !== null && { reference }),
    lines: lines.map(({ productId, sku, quantity, unitPrice }) => ({ productId, sku, quantity, unitPrice })),
    adjustments: [...adjustments],
    total,
    currency,
    ...(Object.keys(metadata).length > 0 && { metadata }),
  };
}

function refundOf({ orderId, refund }: Saga): OpenRefund {
  if (refund === null) throw new TypeError(`order ${orderId} has no refund under way`);
  return refund;
}
