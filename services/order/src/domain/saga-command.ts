import type { SentTypeOf } from '@outrider/contracts';

export type StockCommandType = SentTypeOf<'reservation-event'>;
export type MoneyCommandType = SentTypeOf<'payment-event'>;
export type CheckCommandType = SentTypeOf<'check-event'>;

/** A command of the saga; the rest of its event comes from the order. */
export type SagaCommand =
  | { readonly leg: 'stock'; readonly type: StockCommandType; readonly commandId: string }
  | { readonly leg: 'money'; readonly type: MoneyCommandType; readonly commandId: string }
  | { readonly leg: 'check'; readonly type: CheckCommandType; readonly commandId: string };

/** Commands of a refund: sent at most once for each refund of an order. */
export type RefundCommandType = Extract<
  StockCommandType | MoneyCommandType,
  'RESERVATION_RESTOCK_REQUEST' | 'PAYMENT_REFUND_REQUEST'
>;

/** Commands of a step: sent at most once for an order. */
export type StepCommandType = Exclude<SagaCommand['type'], RefundCommandType>;

/** Parts of ids that other services have stored: never change or reuse a number. */
const NUMBERS: Readonly<Record<StepCommandType | RefundCommandType | 'EXTENSION_FOR_REVIEW', string>> = {
  RESERVATION_CREATE_REQUEST: '001',
  RESERVATION_CONFIRM_REQUEST: '002',
  RESERVATION_RELEASE_REQUEST: '003',
  RESERVATION_RESTOCK_REQUEST: '004',
  RESERVATION_EXTEND_REQUEST: '005',
  // the same request in another step
  EXTENSION_FOR_REVIEW: '006',
  PAYMENT_CREATE_REQUEST: '011',
  PAYMENT_CONFIRM_REQUEST: '012',
  PAYMENT_RELEASE_REQUEST: '013',
  PAYMENT_REFUND_REQUEST: '014',
  CHECK_REQUESTED: '021',
};

/**
 * The id of a step's command: the order's own UUIDv7 with its 12 bits after the version replaced by the command's
 * number. So each step has one id by construction: however often and by which process the step is taken, the id is the same,
 * and the unique index on (order, command) refuses a second command.
 */
export function commandIdOf(orderId: string, type: StepCommandType | 'EXTENSION_FOR_REVIEW'): string {
  return numbered(orderId, type);
}

/** The id of a refund's command: made from the refund's id as a step's is from the order's. */
export function refundCommandIdOf(refundId: string, type: RefundCommandType): string {
  return numbered(refundId, type);
}

function numbered(id: string, type: keyof typeof NUMBERS): string {
  return `${id.slice(0, 15)}${NUMBERS[type]}${id.slice(18)}`;
}
