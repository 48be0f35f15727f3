import { TERMINAL_STATUSES, type CheckState, type OrderStatus, type ProductQuantity } from '@outrider/contracts';
import { ASKS } from './open-commands.js';
import type { Why } from './reason.js';
import type { OpenRefund } from './refund.js';
import { commandIdOf, refundCommandIdOf, type StepCommandType } from './saga-command.js';
import { deadlineOf, retryOf, type SagaTiming } from './saga-timing.js';

/** The steps of a saga. DONE: stock and money are both closed, the outcome is the order's status. */
export const SAGA_STEPS = [
  'RESERVING',
  'CHECKING',
  'AUTHORIZING',
  'CONFIRMING',
  'CAPTURING',
  'COMPENSATING',
  'REFUNDING',
  'DONE',
] as const;
export type SagaStep = (typeof SAGA_STEPS)[number];

/** How an order can end. */
export const OUTCOMES = TERMINAL_STATUSES;
export type Outcome = (typeof OUTCOMES)[number];

/** What the customer must do before the payment can go on. */
export interface RequiredAction {
  readonly redirectUrl?: string;
  readonly clientSecret?: string;
  readonly expiresAt: string;
}

/** The saga of one order; plain data. Amounts in the currency's minor unit. */
export interface Saga {
  readonly orderId: string;
  readonly total: number;
  readonly step: SagaStep;
  /** the end it is aiming at */
  readonly outcome: Outcome;
  /** the open command to inventory, if any */
  readonly stockCommandId: string | null;
  /** the open command to payment, if any */
  readonly moneyCommandId: string | null;
  /** how the shop's own check of it stands; null: it is not checked */
  readonly check: CheckState | null;
  /** REFUSED: why, as a code of the shop's own */
  readonly checkCode: string | null;
  /** payment was sent a command: it must be released before the order may end unsold */
  readonly paymentAsked: boolean;
  readonly cancelRequested: boolean;
  readonly deadlineAt: Date | null;
  /** how often the open commands were sent */
  readonly attempts: number;
  readonly retryAt: Date | null;
  readonly reservationId: string | null;
  readonly paymentId: string | null;
  readonly capturedAmount: number;
  readonly refundedAmount: number;
  /** the refund under way; REFUNDING only */
  readonly refund: OpenRefund | null;
  /** why it is not going to complete */
  readonly why: Why | null;
  /** the products that were short, with the pieces ordered of each */
  readonly shortages: readonly ProductQuantity[];
  /** AUTHORIZING only, while the customer must act */
  readonly action: RequiredAction | null;
  /** the version of the service that accepted the order */
  readonly startedVersion: string;
  readonly startedAt: Date;
  readonly enteredAt: Date;
  /** grows by one with every change */
  readonly version: number;
}

/**
 * The saga of an order just accepted; its open command is to be sent.
 * @param order `checked`: it is paid only after the shop's own check of it
 */
export function startSaga(
  order: { readonly id: string; readonly total: number; readonly checked?: boolean },
  startedVersion: string,
  now: Date,
  timing: SagaTiming,
): Saga {
  const saga: Saga = {
    orderId: order.id,
    total: order.total,
    step: 'RESERVING',
    outcome: 'COMPLETED',
    stockCommandId: null,
    moneyCommandId: null,
    check: order.checked === true ? 'DUE' : null,
    checkCode: null,
    paymentAsked: false,
    cancelRequested: false,
    deadlineAt: null,
    attempts: 0,
    retryAt: null,
    reservationId: null,
    paymentId: null,
    capturedAmount: 0,
    refundedAmount: 0,
    refund: null,
    why: null,
    shortages: [],
    action: null,
    startedVersion,
    startedAt: now,
    enteredAt: now,
    version: 1,
  };
  return enter(saga, 'RESERVING', now, timing);
}

/** The saga at the beginning of a step: its commands open, its clocks set. */
export function enter(saga: Saga, step: Exclude<SagaStep, 'REFUNDING'>, now: Date, timing: SagaTiming): Saga {
  const { stock, money }: Partial<Record<'stock' | 'money' | 'check', StepCommandType>> = ASKS[step];
  const paymentAsked = saga.paymentAsked || step === 'AUTHORIZING';
  const stockCommandId = stock === undefined ? null : commandIdOf(saga.orderId, stock);
  const moneyCommandId = money === undefined || !paymentAsked ? null : commandIdOf(saga.orderId, money);
  const waits = stockCommandId !== null || moneyCommandId !== null || step === 'CHECKING';
  return {
    ...saga,
    step,
    check: step === 'CHECKING' ? 'ASKED' : saga.check,
    stockCommandId,
    moneyCommandId,
    paymentAsked,
    refund: null,
    action: null,
    deadlineAt: deadlineOf(step, now, timing),
    attempts: waits ? 1 : 0,
    retryAt: waits ? retryOf(1, now, timing) : null,
    enteredAt: now,
  };
}

/** The saga at the beginning of a refund: payment is asked to refund the money, if any. */
export function enterRefund(saga: Saga, refund: OpenRefund, now: Date, timing: SagaTiming): Saga {
  if (refund.amount === 0) return enterRestock({ ...saga, step: 'REFUNDING' }, refund, now, timing);
  return {
    ...saga,
    step: 'REFUNDING',
    refund,
    moneyCommandId: refundCommandIdOf(refund.refundId, ASKS.REFUNDING.money),
    attempts: 1,
    retryAt: retryOf(1, now, timing),
    enteredAt: now,
  };
}

/** The saga of a refund whose money is refunded: inventory is asked to restock the pieces. */
export function enterRestock(saga: Saga, refund: OpenRefund, now: Date, timing: SagaTiming): Saga {
  return {
    ...saga,
    refund,
    moneyCommandId: null,
    stockCommandId: refundCommandIdOf(refund.refundId, ASKS.REFUNDING.stock),
    attempts: 1,
    retryAt: retryOf(1, now, timing),
    enteredAt: now,
  };
}

/** The amount that can still be refunded, in minor units; undefined for an order that is not completed. */
export function refundableAmount(
  saga: Pick<Saga, 'step' | 'outcome' | 'capturedAmount' | 'refundedAmount'>,
): number | undefined {
  if (saga.step !== 'DONE') return undefined;
  switch (saga.outcome) {
    case 'COMPLETED':
    case 'PARTIALLY_REFUNDED':
    case 'REFUNDED':
      return Math.max(0, saga.capturedAmount - saga.refundedAmount);
    case 'FAILED':
    case 'PAYMENT_FAILED':
    case 'CANCELLED':
      return undefined;
  }
}

/** The order's status in this state of its saga. */
export function statusOf(saga: Pick<Saga, 'step' | 'outcome'>): OrderStatus {
  switch (saga.step) {
    case 'RESERVING':
    case 'CHECKING':
      return 'CREATED';
    case 'AUTHORIZING':
    case 'CONFIRMING':
      return 'PAYING';
    case 'CAPTURING':
      return 'PAID';
    case 'COMPENSATING':
      return saga.outcome === 'CANCELLED' ? 'CANCELLING' : 'COMPENSATING';
    case 'REFUNDING':
      return 'REFUNDING';
    case 'DONE':
      return saga.outcome;
  }
}

/** The lifecycle event of an order's end; refunds have events of their own. */
export function lifecycleOf(outcome: Outcome): 'ORDER_COMPLETED' | 'ORDER_FAILED' | 'ORDER_CANCELLED' {
  switch (outcome) {
    case 'COMPLETED':
    case 'PARTIALLY_REFUNDED':
    case 'REFUNDED':
      return 'ORDER_COMPLETED';
    case 'FAILED':
    case 'PAYMENT_FAILED':
      return 'ORDER_FAILED';
    case 'CANCELLED':
      return 'ORDER_CANCELLED';
  }
}
