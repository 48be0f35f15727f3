import type { Authorization, Dispute } from './authorization.js';
import { impossible, refused, type Change, type Changed, type Happening } from './changes.js';

/** A dispute that a customer begins. */
export interface NewDispute extends Pick<Dispute, 'id' | 'reason' | 'inquiry' | 'respondBy' | 'createdAt'> {
  /** undefined: all that was captured */
  readonly amount: number | undefined;
}

/** A dispute takes its amount from the merchant at once; an inquiry only asks. */
export const dispute =
  ({ amount, ...asked }: NewDispute): Change =>
  (before) => {
    if (before.capturedAmount === 0) return impossible('dispute', before);
    const open = before.capturedAmount - before.disputes.reduce((sum, { withheldAmount }) => sum + withheldAmount, 0);
    const disputed = amount ?? open;
    if (disputed > open || disputed === 0) {
      return refused('amount_too_large', 'more than was captured and not yet disputed');
    }
    const made: Dispute = { ...asked, amount: disputed, withheldAmount: asked.inquiry ? 0 : disputed, status: 'OPEN' };
    return disputes(before, [...before.disputes, made], { type: 'dispute.created', disputeId: made.id });
  };

/** An inquiry that was not answered becomes a dispute. */
export const escalate =
  (disputeId: string): Change =>
  (before) =>
    change(before, disputeId, 'dispute.updated', (found) =>
      found.inquiry ? { ...found, inquiry: false, withheldAmount: found.amount } : undefined,
    );

/** An inquiry is closed; a dispute is won, and its money given back, or lost. */
export const closeDispute =
  (disputeId: string, outcome: 'WON' | 'LOST' | 'CLOSED'): Change =>
  (before) =>
    change(before, disputeId, 'dispute.closed', (found) =>
      found.inquiry === (outcome === 'CLOSED')
        ? { ...found, status: outcome, respondBy: null, withheldAmount: outcome === 'LOST' ? found.withheldAmount : 0 }
        : undefined,
    );

function change(
  before: Authorization,
  disputeId: string,
  type: 'dispute.updated' | 'dispute.closed',
  next: (found: Dispute) => Dispute | undefined,
): Changed {
  const found = before.disputes.find(({ id }) => id === disputeId);
  if (found === undefined) return refused('not_found', 'there is no such dispute');
  const changed = found.status === 'OPEN' ? next(found) : undefined;
  if (changed === undefined) return impossible(type, { status: found.inquiry ? 'an inquiry' : found.status });
  const all = before.disputes.map((one) => (one === found ? changed : one));
  return disputes(before, all, { type, disputeId });
}

function disputes(before: Authorization, all: readonly Dispute[], happening: Happening): Changed {
  return { ok: true, value: { ...before, disputes: all }, happening };
}
