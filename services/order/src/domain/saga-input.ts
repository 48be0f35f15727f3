import type { EventTypeOf, PayloadOf } from '@outrider/contracts';
import type { OpenRefund } from './refund.js';
import type { SagaCommand } from './saga-command.js';

type EventsOf<T extends 'order-event' | 'check-answer-event'> = {
  [N in EventTypeOf<T>]: { readonly type: N; readonly payload: PayloadOf<T, N> };
};
type OrderEvents = EventsOf<'order-event'> & EventsOf<'check-answer-event'>;

/** What happened at the payment provider without a command of this saga: it can come in any step. */
export const PROVIDER_UPDATES = [
  'PAYMENT_REFUND_RETURNED',
  'PAYMENT_PROVIDER_REFUNDED',
  'PAYMENT_PROVIDER_REFUND_RETURNED',
  'PAYMENT_PROVIDER_CAPTURED',
  'PAYMENT_PROVIDER_VOIDED',
  'PAYMENT_DISPUTED',
  'PAYMENT_DISPUTE_CLOSED',
] as const satisfies readonly EventTypeOf<'order-event'>[];
export type ProviderUpdate = OrderEvents[(typeof PROVIDER_UPDATES)[number]];

const UPDATE_TYPES: ReadonlySet<string> = new Set(PROVIDER_UPDATES);

export function isProviderUpdate(input: SagaInput): input is ProviderUpdate {
  return UPDATE_TYPES.has(input.type);
}

type AnswerType = Exclude<keyof OrderEvents, ProviderUpdate['type'] | 'RESERVATION_EXPIRED'>;

/** Which command each event of inventory, payment and the shop's check answers. */
export const ANSWERED_COMMAND = {
  RESERVATION_CREATION_SUCCEEDED: 'RESERVATION_CREATE_REQUEST',
  RESERVATION_CREATION_FAILED: 'RESERVATION_CREATE_REQUEST',
  RESERVATION_CONFIRM: 'RESERVATION_CONFIRM_REQUEST',
  RESERVATION_CONFIRM_FAILED: 'RESERVATION_CONFIRM_REQUEST',
  RESERVATION_RELEASE: 'RESERVATION_RELEASE_REQUEST',
  RESERVATION_RESTOCKED: 'RESERVATION_RESTOCK_REQUEST',
  PAYMENT_CREATION_SUCCEEDED: 'PAYMENT_CREATE_REQUEST',
  PAYMENT_ACTION_REQUIRED: 'PAYMENT_CREATE_REQUEST',
  PAYMENT_CREATION_FAILED: 'PAYMENT_CREATE_REQUEST',
  PAYMENT_CONFIRM: 'PAYMENT_CONFIRM_REQUEST',
  PAYMENT_CONFIRM_FAILED: 'PAYMENT_CONFIRM_REQUEST',
  PAYMENT_RELEASE: 'PAYMENT_RELEASE_REQUEST',
  PAYMENT_REFUNDED: 'PAYMENT_REFUND_REQUEST',
  PAYMENT_REFUND_FAILED: 'PAYMENT_REFUND_REQUEST',
  CHECK_PASSED: 'CHECK_REQUESTED',
  CHECK_REFUSED: 'CHECK_REQUESTED',
  CHECK_REVIEW: 'CHECK_REQUESTED',
} as const satisfies Record<AnswerType, SagaCommand['type']>;

/** An event that says what became of a command. */
export type Answer = OrderEvents[AnswerType];

/** The events that answer a command. */
export type AnswerTo<Command> = {
  [N in AnswerType]: (typeof ANSWERED_COMMAND)[N] extends Command ? N : never;
}[AnswerType];

export function isAnswer(input: SagaInput): input is Answer {
  return input.type in ANSWERED_COMMAND;
}

/** What a person decided about an order that is being checked. */
export type Decision = { readonly kind: 'pass' } | { readonly kind: 'refuse'; readonly code: string };

/** What can happen in any step without being the answer to a command: it must mean something in each, or be ignored. */
export type Occurrence =
  | OrderEvents['RESERVATION_EXPIRED']
  | { readonly type: 'DEADLINE' }
  | { readonly type: 'RETRY' }
  | { readonly type: 'CANCEL' }
  | { readonly type: 'CHECK_DECIDED'; readonly decision: Decision; readonly by: string; readonly reason: string }
  | { readonly type: 'REFUND'; readonly refund: OpenRefund; readonly reason: string };

/** What can happen to a saga: an event of inventory, payment or the shop's check, one of its clocks, a request through the API. */
export type SagaInput = Answer | Occurrence | ProviderUpdate;

/** Whether what an input means depends on the order's refunds and disputes. */
export function needsLedger(input: SagaInput): boolean {
  return isProviderUpdate(input) || input.type === 'PAYMENT_RELEASE';
}
