import type { PayloadOf, ReasonCode } from '@outrider/contracts';
import type { Operation } from './payment.js';

/** What order asks for. */
export type Request =
  | { readonly kind: 'CREATE'; readonly amount: number; readonly currency: string; readonly paymentMethod: string }
  | { readonly kind: 'CONFIRM'; readonly amount: number }
  | { readonly kind: 'RELEASE'; readonly reason: string }
  | { readonly kind: 'REFUND'; readonly refundId: string; readonly amount: number };

/** One step of an order's saga; a retry of the step repeats the id. */
export interface Command {
  readonly commandId: string;
  readonly request: Request;
}

type ReplyType =
  | 'PAYMENT_CREATION_SUCCEEDED'
  | 'PAYMENT_CREATION_FAILED'
  | 'PAYMENT_CONFIRM'
  | 'PAYMENT_CONFIRM_FAILED'
  | 'PAYMENT_RELEASE'
  | 'PAYMENT_REFUNDED'
  | 'PAYMENT_REFUND_FAILED';

/** The answer to a command: stored, and sent again when the command comes again. */
export type Reply = {
  [N in ReplyType]: { readonly type: N; readonly payload: PayloadOf<'order-event', N> };
}[ReplyType];

/** Sent to order when the customer must act. It ends no command: the answer is still to come. */
export interface ActionNotice {
  readonly type: 'PAYMENT_ACTION_REQUIRED';
  readonly payload: PayloadOf<'order-event', 'PAYMENT_ACTION_REQUIRED'>;
}

/** A command as it is stored. */
export interface StoredCommand extends Command {
  readonly orderId: string;
  /** null when it was answered without there being any payment */
  readonly paymentId: string | null;
  readonly state: 'WAITING' | 'RUNNING' | 'DONE';
  readonly operation: Operation | null;
  /** definite refusals so far */
  readonly round: number;
  /** one more with each claim */
  readonly version: number;
  readonly tries: number;
  readonly inDoubt: boolean;
  readonly reply: Reply | null;
}

/** The id that a command's refunds are known by at the provider; null of one that gives nothing back. */
export function refundIdOf({ commandId, request }: Command): string | null {
  switch (request.kind) {
    case 'REFUND':
      return request.refundId;
    case 'RELEASE':
      return commandId;
    case 'CREATE':
    case 'CONFIRM':
      return null;
  }
}

/**
 * The answer that refuses a command. A release is never refused.
 *
 * @param reason for admins and logs
 * @param code for customers
 */
export function failure(
  { commandId, request }: Command & { request: Exclude<Request, { kind: 'RELEASE' }> },
  reason: string,
  code: ReasonCode,
): Reply {
  switch (request.kind) {
    case 'CREATE':
      return { type: 'PAYMENT_CREATION_FAILED', payload: { commandId, reason, code } };
    case 'CONFIRM':
      return { type: 'PAYMENT_CONFIRM_FAILED', payload: { commandId, reason, code } };
    case 'REFUND':
      return { type: 'PAYMENT_REFUND_FAILED', payload: { commandId, refundId: request.refundId, reason, code } };
  }
}
