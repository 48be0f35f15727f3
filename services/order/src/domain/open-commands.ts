import {
  commandIdOf,
  type MoneyCommandType,
  type RefundCommandType,
  type SagaCommand,
  type StepCommandType,
} from './saga-command.js';
import type { Saga, SagaStep } from './saga-state.js';

/** What each step asks for. */
export const ASKS: Readonly<
  Record<
    Exclude<SagaStep, 'REFUNDING'>,
    {
      readonly stock?: Exclude<StepCommandType, MoneyCommandType>;
      readonly money?: Extract<StepCommandType, MoneyCommandType>;
    }
  >
> = {
  RESERVING: { stock: 'RESERVATION_CREATE_REQUEST' },
  AUTHORIZING: { money: 'PAYMENT_CREATE_REQUEST' },
  CONFIRMING: { stock: 'RESERVATION_CONFIRM_REQUEST' },
  CAPTURING: { money: 'PAYMENT_CONFIRM_REQUEST' },
  COMPENSATING: { stock: 'RESERVATION_RELEASE_REQUEST', money: 'PAYMENT_RELEASE_REQUEST' },
  DONE: {},
};

/** What a refund asks for: first the money, then the stock. */
export const REFUND_ASKS: {
  readonly stock: Exclude<RefundCommandType, MoneyCommandType>;
  readonly money: Extract<RefundCommandType, MoneyCommandType>;
} = { stock: 'RESERVATION_RESTOCK_REQUEST', money: 'PAYMENT_REFUND_REQUEST' };

/** What is asked for until the step is over: what entering it sends and what a retry sends again. */
export function openCommands(saga: Saga): readonly SagaCommand[] {
  const { stock, money } = saga.step === 'REFUNDING' ? REFUND_ASKS : ASKS[saga.step];
  const commands: SagaCommand[] = saga.action === null ? [] : [extension(saga)];
  if (stock !== undefined && saga.stockCommandId !== null) {
    commands.push({ leg: 'stock', type: stock, commandId: saga.stockCommandId });
  }
  if (money !== undefined && saga.moneyCommandId !== null) {
    commands.push({ leg: 'money', type: money, commandId: saga.moneyCommandId });
  }
  return commands;
}

/** Of the commands that a change sends, those that were not open before it: they are given for the first time. */
export function newlyGiven(before: Saga, send: readonly SagaCommand[]): readonly SagaCommand[] {
  const open = new Set(openCommands(before).map(({ commandId }) => commandId));
  return send.filter(({ commandId }) => !open.has(commandId));
}

/**
 * Asks for stock to be kept as long as the customer must act. It belongs to no leg's answer: nobody answers it, and it
 * is sent again with the command that the customer holds up.
 */
export function extension({ orderId }: Saga): SagaCommand {
  const type = 'RESERVATION_EXTEND_REQUEST';
  return { leg: 'stock', type, commandId: commandIdOf(orderId, type) };
}
