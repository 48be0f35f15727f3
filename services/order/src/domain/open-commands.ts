import {
  commandIdOf,
  type CheckCommandType,
  type MoneyCommandType,
  type SagaCommand,
  type StockCommandType,
} from './saga-command.js';
import type { Saga, SagaStep } from './saga-state.js';

interface Asked {
  readonly stock?: StockCommandType;
  readonly money?: MoneyCommandType;
  readonly check?: CheckCommandType;
}

/** The commands of each step. A refund sends first that for the money, then that for the stock. */
export const ASKS = {
  RESERVING: { stock: 'RESERVATION_CREATE_REQUEST' },
  CHECKING: { check: 'CHECK_REQUESTED' },
  AUTHORIZING: { money: 'PAYMENT_CREATE_REQUEST' },
  CONFIRMING: { stock: 'RESERVATION_CONFIRM_REQUEST' },
  CAPTURING: { money: 'PAYMENT_CONFIRM_REQUEST' },
  COMPENSATING: { stock: 'RESERVATION_RELEASE_REQUEST', money: 'PAYMENT_RELEASE_REQUEST' },
  REFUNDING: { stock: 'RESERVATION_RESTOCK_REQUEST', money: 'PAYMENT_REFUND_REQUEST' },
  DONE: {},
} as const satisfies Readonly<Record<SagaStep, Asked>>;

/** The commands that are open until the step is over: entering it sends them, a retry sends them again. */
export function openCommands(saga: Saga): readonly SagaCommand[] {
  const { stock, money, check }: Asked = ASKS[saga.step];
  const commands: SagaCommand[] = keepsStockLonger(saga) ? [extension(saga)] : [];
  if (stock !== undefined && saga.stockCommandId !== null) {
    commands.push({ leg: 'stock', type: stock, commandId: saga.stockCommandId });
  }
  if (money !== undefined && saga.moneyCommandId !== null) {
    commands.push({ leg: 'money', type: money, commandId: saga.moneyCommandId });
  }
  if (check !== undefined) {
    commands.push({ leg: 'check', type: check, commandId: commandIdOf(saga.orderId, check) });
  }
  return commands;
}

/** Of the commands that a change sends, those that were not open before it: they are sent for the first time. */
export function newlySent(before: Saga, send: readonly SagaCommand[]): readonly SagaCommand[] {
  const open = new Set(openCommands(before).map(({ commandId }) => commandId));
  return send.filter(({ commandId }) => !open.has(commandId));
}

function keepsStockLonger({ step, check, action }: Saga): boolean {
  return action !== null || (step === 'CHECKING' && check === 'REVIEW');
}

/**
 * Asks inventory to keep the reservation as long as the customer must act, or a person must decide. It is not answered,
 * and is sent again with the command that waits.
 */
export function extension({ orderId, step }: Saga): SagaCommand {
  const type = 'RESERVATION_EXTEND_REQUEST';
  return { leg: 'stock', type, commandId: commandIdOf(orderId, step === 'CHECKING' ? 'EXTENSION_FOR_REVIEW' : type) };
}
