import type { SentTypeOf } from '@outrider/contracts';

export type StockCommandType = SentTypeOf<'reservation-event'>;
export type MoneyCommandType = SentTypeOf<'payment-event'>;

/** A command of the saga as it goes out; what else its event says comes from the order. */
export type SagaCommand =
  | { readonly leg: 'stock'; readonly type: StockCommandType; readonly commandId: string }
  | { readonly leg: 'money'; readonly type: MoneyCommandType; readonly commandId: string };

/** Commands of a refund: given at most once for each, of which an order may see several. */
export type RefundCommandType = Extract<
  StockCommandType | MoneyCommandType,
  'RESERVATION_RESTOCK_REQUEST' | 'PAYMENT_REFUND_REQUEST'
>;

/** Commands that belong to a step, and so are given at most once in an order's life. */
export type StepCommandType = Exclude<StockCommandType | MoneyCommandType, RefundCommandType>;

/** Written into ids that are out in the world: never change or reuse a number. */
const NUMBERS: Readonly<Record<StepCommandType | RefundCommandType, string>> = {
  RESERVATION_CREATE_REQUEST: '001',
  RESERVATION_CONFIRM_REQUEST: '002',
  RESERVATION_RELEASE_REQUEST: '003',
  RESERVATION_RESTOCK_REQUEST: '004',
  RESERVATION_EXTEND_REQUEST: '005',
  PAYMENT_CREATE_REQUEST: '011',
  PAYMENT_CONFIRM_REQUEST: '012',
  PAYMENT_RELEASE_REQUEST: '013',
  PAYMENT_REFUND_REQUEST: '014',
};

/**
 * The id of a step's command: the order's own UUIDv7 with its 12 bits after the version replaced by the command's
 * number. So it is made once per step by construction: whoever takes the step, however often, names the same command,
 * and the unique index on (order, command) sees a second one.
 */
export function commandIdOf(orderId: string, type: StepCommandType): string {
  return numbered(orderId, type);
}

/** The id of a refund's command: made from the refund's id as a step's is from the order's. */
export function refundCommandIdOf(refundId: string, type: RefundCommandType): string {
  return numbered(refundId, type);
}

function numbered(id: string, type: keyof typeof NUMBERS): string {
  return `${id.slice(0, 15)}${NUMBERS[type]}${id.slice(18)}`;
}
