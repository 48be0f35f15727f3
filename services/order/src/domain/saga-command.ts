import type { EventTypeOf } from '@outrider/contracts';

export type StockCommandType = EventTypeOf<'reservation-event'>;
export type MoneyCommandType = EventTypeOf<'payment-event'>;

/** A command of the saga as it goes out; what else its event says comes from the order. */
export type SagaCommand =
  | { readonly leg: 'stock'; readonly type: StockCommandType; readonly commandId: string }
  | { readonly leg: 'money'; readonly type: MoneyCommandType; readonly commandId: string };

/** Commands that belong to a step, and so are given at most once in an order's life. An order may see several refunds. */
export type StepCommandType = Exclude<
  StockCommandType | MoneyCommandType,
  'RESERVATION_RESTOCK_REQUEST' | 'PAYMENT_REFUND_REQUEST'
>;

/** Written into ids that are out in the world: never change or reuse a number. */
const NUMBERS: Readonly<Record<StepCommandType, string>> = {
  RESERVATION_CREATE_REQUEST: '001',
  RESERVATION_CONFIRM_REQUEST: '002',
  RESERVATION_RELEASE_REQUEST: '003',
  PAYMENT_CREATE_REQUEST: '011',
  PAYMENT_CONFIRM_REQUEST: '012',
  PAYMENT_RELEASE_REQUEST: '013',
};

/**
 * The id of a step's command: the order's own UUIDv7 with its 12 bits after the version replaced by the command's
 * number. So it is made once per step by construction: whoever takes the step, however often, names the same command,
 * and the unique index on (order, command) sees a second one.
 */
export function commandIdOf(orderId: string, type: StepCommandType): string {
  return `${orderId.slice(0, 15)}${NUMBERS[type]}${orderId.slice(18)}`;
}
