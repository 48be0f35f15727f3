import type { PayloadOf } from '@outrider/contracts';
import { changing, ignored, step, undo, type Advance } from './advance.js';
import { cameBack, givenBack, isMoneyClosed, taken } from './given-back.js';
import { findDispute, findRefund, type Dispute, type Ledger } from './ledger.js';
import { printable, why, type Why } from './reason.js';
import type { Situation } from './reactions.js';
import { publishedRefund } from './refund.js';
import { returnOpenRefund } from './refund-steps.js';
import { commandIdOf } from './saga-command.js';
import type { ProviderUpdate } from './saga-input.js';
import type { Saga } from './saga-state.js';

type UpdatePayload<N extends ProviderUpdate['type']> = PayloadOf<'order-event', N>;

/**
 * What happened at the payment provider without a command of this saga. It can come in any step and changes what the
 * order shows of its money; the step only when a void leaves nothing that could still be captured. Each refund and
 * dispute is known by its own id, so an update has its effect once, however often and late it comes.
 */
export function applyProviderUpdate(situation: Situation, { type, payload }: ProviderUpdate): Advance {
  const { saga, ledger } = situation;
  switch (type) {
    case 'PAYMENT_REFUND_RETURNED':
      return refundReturned(situation, payload);
    case 'PAYMENT_PROVIDER_REFUNDED':
      return providerRefunded(saga, payload, ledger);
    case 'PAYMENT_PROVIDER_REFUND_RETURNED':
      return providerRefundReturned(saga, payload, ledger);
    case 'PAYMENT_PROVIDER_CAPTURED': {
      const { capturedAmount } = payload;
      return noted(taken(saga, capturedAmount), why(null, `captured ${capturedAmount} at the payment provider`));
    }
    case 'PAYMENT_PROVIDER_VOIDED':
      return providerVoided(situation, payload);
    case 'PAYMENT_DISPUTED':
      return disputed(saga, payload, ledger);
    case 'PAYMENT_DISPUTE_CLOSED':
      return disputeClosed(saga, payload, ledger);
  }
}

/** The timeline shows it, whatever else it changes; nothing is sent. */
function noted(saga: Saga, reason: Why): ReturnType<typeof step> {
  return step(saga, [], reason);
}

function refundReturned(situation: Situation, payload: UpdatePayload<'PAYMENT_REFUND_RETURNED'>): Advance {
  const { saga, ledger } = situation;
  const { refundId, amount, reason } = payload;
  const failure = why('refund-returned', reason);
  if (saga.refund?.refundId === refundId) return returnOpenRefund(situation, saga.refund, failure);
  const refund = findRefund(ledger, 'shop', refundId);
  if (refund === undefined && refundId === commandIdOf(saga.orderId, 'PAYMENT_RELEASE_REQUEST')) {
    // what closed an order that was undone: it has no row of its own until it comes back
    const without = isMoneyClosed(saga) ? cameBack(saga, amount) : saga;
    return changing(
      noted(without, failure),
      [{ kind: 'found', by: 'shop', id: refundId, amount, status: 'FAILED', failure }],
      refundFailed({ refundId, amount, by: 'shop' }),
    );
  }
  if (refund === undefined) return ignored('there is no such refund');
  if (refund.status !== 'SUCCEEDED') return ignored(`the refund is ${refund.status}`);
  return changing(
    noted(cameBack(saga, refund.amount), failure),
    [{ kind: 'refund', refundId, amount: refund.amount, status: 'FAILED', failure, restocked: refund.restocked }],
    refundFailed(publishedRefund({ refundId, amount: refund.amount, metadata: refund.metadata ?? {} })),
  );
}

function providerRefunded(
  saga: Saga,
  { providerRefundId: id, amount }: UpdatePayload<'PAYMENT_PROVIDER_REFUNDED'>,
  ledger: Ledger,
): Advance {
  if (findRefund(ledger, 'provider', id) !== undefined) return ignored('the refund is known');
  return changing(
    noted(givenBack(saga, amount), why(null, `refunded ${amount} at the payment provider (${id})`)),
    [{ kind: 'found', by: 'provider', id, amount, status: 'SUCCEEDED', failure: null }],
    { type: 'ORDER_REFUNDED', refund: { providerRefundId: id, amount, by: 'provider' } },
  );
}

function providerRefundReturned(
  saga: Saga,
  { providerRefundId: id, amount, reason }: UpdatePayload<'PAYMENT_PROVIDER_REFUND_RETURNED'>,
  ledger: Ledger,
): Advance {
  const failure = why('refund-returned', reason);
  const refund = findRefund(ledger, 'provider', id);
  if (refund?.status === 'FAILED') return ignored('the refund is FAILED');
  const found = { kind: 'found', by: 'provider', id, status: 'FAILED', failure } as const;
  // that it was made has not come yet, and has no effect when it comes
  if (refund === undefined) return changing(noted(saga, failure), [{ ...found, amount }]);
  return changing(
    noted(cameBack(saga, refund.amount), failure),
    [{ ...found, amount: refund.amount }],
    refundFailed({ providerRefundId: id, amount: refund.amount, by: 'provider' }),
  );
}

function refundFailed<R>(refund: R) {
  return { type: 'ORDER_REFUND_FAILED', refund, reason: 'refund-returned' } as const;
}

function providerVoided(
  { saga, now, timing }: Situation,
  { reason }: UpdatePayload<'PAYMENT_PROVIDER_VOIDED'>,
): Advance {
  const voided = why('payment-voided', reason);
  switch (saga.step) {
    case 'AUTHORIZING':
    case 'CONFIRMING':
      return undo(saga, 'PAYMENT_FAILED', voided, now, timing);
    case 'CAPTURING':
      return saga.cancelRequested
        ? undo(saga, 'CANCELLED', why('cancelled', reason), now, timing)
        : undo(saga, 'PAYMENT_FAILED', voided, now, timing);
    case 'RESERVING':
    case 'CHECKING':
    case 'COMPENSATING':
    case 'REFUNDING':
    case 'DONE':
      return noted(saga, voided);
  }
}

function disputed(
  saga: Saga,
  { disputeId, amount, withheldAmount, reason, respondBy }: UpdatePayload<'PAYMENT_DISPUTED'>,
  ledger: Ledger,
): Advance {
  const before = findDispute(ledger, disputeId);
  if (before !== undefined && before.status !== 'OPEN') return ignored('the dispute has ended');
  const dispute: Dispute = {
    disputeId,
    amount,
    withheldAmount,
    reason: printable(reason),
    respondBy: respondBy === undefined ? null : new Date(respondBy).toISOString(),
    status: 'OPEN',
  };
  if (before !== undefined && isSame(before, dispute)) return ignored('the order shows it already');
  return changing(noted(saga, why(null, dispute.reason)), [{ kind: 'dispute', dispute }], {
    type: 'ORDER_DISPUTED',
    dispute: publishedDispute(dispute),
  });
}

function disputeClosed(
  saga: Saga,
  { disputeId, amount, withheldAmount, outcome }: UpdatePayload<'PAYMENT_DISPUTE_CLOSED'>,
  ledger: Ledger,
): Advance {
  const before = findDispute(ledger, disputeId);
  const { reason = 'unknown', respondBy = null } = before ?? {};
  const dispute: Dispute = { disputeId, amount, withheldAmount, reason, respondBy, status: outcome };
  if (before !== undefined && isSame(before, dispute)) return ignored('the order shows it already');
  return changing(noted(saga, why(null, `${outcome}, ${withheldAmount} withheld`)), [{ kind: 'dispute', dispute }], {
    type: 'ORDER_DISPUTE_CLOSED',
    dispute: publishedDispute(dispute),
    outcome,
  });
}

function isSame(one: Dispute, other: Dispute): boolean {
  return (
    one.amount === other.amount &&
    one.withheldAmount === other.withheldAmount &&
    one.reason === other.reason &&
    one.respondBy === other.respondBy &&
    one.status === other.status
  );
}

function publishedDispute({ disputeId, amount, withheldAmount, reason }: Dispute) {
  return { disputeId, amount, withheldAmount, reason };
}
