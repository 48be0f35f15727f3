import type { PayloadOf } from '@outrider/contracts';
import { ignored, step, type Advance } from './advance.js';
import { extension } from './open-commands.js';
import { printable } from './reason.js';
import type { RequiredAction, Saga } from './saga-state.js';
import type { SagaTiming } from './saga-timing.js';

/**
 * The customer must act before the payment can go on: the order shows what, waits for it as long as the customer has,
 * and asks for its stock to be kept as long. Payment ends the wait by itself and answers; the saga's deadline is only
 * there for the case that it does not.
 */
export function showAction(
  saga: Saga,
  payload: PayloadOf<'order-event', 'PAYMENT_ACTION_REQUIRED'>,
  timing: SagaTiming,
): Advance {
  const action: RequiredAction = {
    ...(payload.redirectUrl !== undefined && { redirectUrl: printable(payload.redirectUrl) }),
    ...(payload.clientSecret !== undefined && { clientSecret: printable(payload.clientSecret) }),
    expiresAt: payload.expiresAt,
  };
  const same =
    saga.action?.redirectUrl === action.redirectUrl &&
    saga.action?.clientSecret === action.clientSecret &&
    saga.action?.expiresAt === action.expiresAt;
  if (same) return ignored('the order shows it already');
  const deadlineAt = actionDeadline(saga, new Date(action.expiresAt), timing);
  const shown: Saga = { ...saga, paymentId: payload.paymentId, action, deadlineAt };
  return step(shown, [extension(shown)]);
}

/** Never earlier than it was; never later than a provider may have an order wait, and its stock with it. */
function actionDeadline({ enteredAt, deadlineAt }: Saga, expiresAt: Date, timing: SagaTiming): Date {
  const wanted = expiresAt.getTime() + timing.actionMarginMs;
  const latest = enteredAt.getTime() + timing.actionLongestMs;
  return new Date(Math.max(deadlineAt?.getTime() ?? 0, Math.min(wanted, latest)));
}

/**
 * Until when stock is to be kept for a customer who must act: a margin longer than the saga waits, so that what was
 * paid at the last moment can still be confirmed; for a person who must decide, as long as paying takes besides.
 * @throws TypeError when neither must do anything
 */
export function keepStockUntil({ orderId, step: at, check, action, deadlineAt }: Saga, timing: SagaTiming): Date {
  const inReview = at === 'CHECKING' && check === 'REVIEW';
  if ((action === null && !inReview) || deadlineAt === null) throw new TypeError(`order ${orderId} waits for nobody`);
  const toPay = inReview ? timing.authorizingMs : 0;
  return new Date(deadlineAt.getTime() + toPay + timing.actionMarginMs);
}
