import { reasonCodeSchema, reasonSchema } from '@outrider/contracts';
import { z } from 'zod';
import type { AcceptedOrder, OrderLine } from '../domain/accepted-order.js';
import type { SagaInput } from '../domain/saga-input.js';

/** An order as its check sees it. Amounts in minor units. */
export interface CheckedOrder {
  readonly order: AcceptedOrder;
  readonly lines: readonly OrderLine[];
}

/** What a check answers. `code` is the shop's own and fit for customers (`credit-limit`); `reason` is for admins. */
export type CheckAnswer =
  | { readonly verdict: 'pass' }
  | { readonly verdict: 'refuse'; readonly code: string; readonly reason?: string }
  /** a person must decide, by `POST /orders/:id/check` or where the check was asked */
  | { readonly verdict: 'review'; readonly reason?: string };

/**
 * Whether an order is sold at all, asked once its stock is reserved and before its payment: fraud, credit, age.
 *
 * Default: none, and orders have no such step. Example: the guide in docs/extending.md, and a program that is asked by events in `examples/custom-shop/src/credit-check`. Bound by
 * `orderServiceWith({ check })`.
 */
export interface OrderCheck {
  /** whether this order is checked. Called inside the transaction that accepts the order: so it must be synchronous */
  concerns(order: CheckedOrder): boolean;
  /**
   * Asks, in the order service and outside any transaction. Without it CHECK_REQUESTED is sent, and a program of the shop's
   * own answers on `check-answer-event`. It may be asked again about the same order, also by another replica: after an
   * error, a time-out (CHECK_TIMEOUT_MS) or the death of its process, and at intervals while a person must decide.
   */
  ask?(order: CheckedOrder, signal: AbortSignal): Promise<CheckAnswer>;
}

/** The check's answer is none: a bug of the shop's. The order stays where it is, and is asked about again. */
export class OrderCheckError extends Error {
  override readonly name = 'OrderCheckError';
}

/**
 * Whether an order is checked.
 * @throws OrderCheckError for anything but true or false, a promise above all: the order would go unchecked and be paid
 */
export function isChecked(check: OrderCheck | undefined, order: CheckedOrder): boolean {
  if (check === undefined) return false;
  const concerns: unknown = check.concerns(order);
  if (typeof concerns !== 'boolean')
    throw new OrderCheckError('whether the check concerns an order is neither true nor false');
  return concerns;
}

const reason = reasonSchema.optional();
const answerSchema = z.discriminatedUnion('verdict', [
  z.strictObject({ verdict: z.literal('pass') }),
  z.strictObject({ verdict: z.literal('refuse'), code: reasonCodeSchema, reason }),
  z.strictObject({ verdict: z.literal('review'), reason }),
]);

/** A check's answer to a command, as the saga takes it. @throws OrderCheckError for what is no answer */
export function checkInput(
  answer: unknown,
  commandId: string,
): Extract<SagaInput, { type: `CHECK_${'PASSED' | 'REFUSED' | 'REVIEW'}` }> {
  const read = answerSchema.safeParse(answer);
  if (!read.success) throw new OrderCheckError(`the check's answer is none: ${z.prettifyError(read.error)}`);
  const { data } = read;
  switch (data.verdict) {
    case 'pass':
      return { type: 'CHECK_PASSED', payload: { commandId } };
    case 'refuse':
      return { type: 'CHECK_REFUSED', payload: { commandId, code: data.code, reason: data.reason } };
    case 'review':
      return { type: 'CHECK_REVIEW', payload: { commandId, reason: data.reason } };
  }
}
