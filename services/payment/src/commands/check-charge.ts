import type { SqlClient } from '@outrider/service-kit/database';
import type { NewsOutcome } from './update.js';
import type { ProviderRecord } from '../domain/provider-answer.js';
import { countsAsRefunded } from '../domain/refunds.js';
import { judgeCharge, type BookedCharge, type ChargeDifference } from '../domain/charge-difference.js';
import type { ProviderLedger } from '../providers/provider-ledger.js';
import { paymentsOfOrders } from '../persistence/statements/read-booked-payments.js';

/** Something that seems to differ. */
export interface Suspect {
  readonly orderId: string;
  /** null: our own books name no charge */
  readonly reference: string | null;
  /** as the provider's list had it; null when it was not in there */
  readonly charge: BookedCharge | null;
}

/** `busy`: something is on its way, and nothing can be said now. */
export type SecondLook =
  | { readonly kind: 'busy' }
  | { readonly kind: 'judged'; readonly difference?: ChargeDifference };

/** A payment that changes at each look is busy, whatever its commands say. */
const LOOKS = 4;

/** Has a payment take over what the provider's ledger shows of it, as far as it can be explained: `settled` if it changed. */
export type TakeOver = (orderId: string, record: ProviderRecord) => Promise<NewsOutcome>;

/**
 * Looks at one charge again before it counts: at the payment, at the provider, and at the payment once more. What was
 * done at the provider by hand is taken over first, so that only what nobody can explain is left. Only when it
 * was the same before and after, with nothing on its way, were the two books read of one state, and what differs then is
 * no matter of timing. A lookup says nothing of what was asked for when the charge was made; that never changes at the
 * provider, so it is taken from its list.
 *
 * @throws what the ledger throws
 */
export async function lookAgain(
  sql: SqlClient,
  ledger: ProviderLedger,
  provider: string,
  takeOver: TakeOver,
  { orderId, reference, charge }: Suspect,
): Promise<SecondLook> {
  for (let looks = 0; looks < LOOKS; looks += 1) {
    const before = (await paymentsOfOrders(sql, [orderId])).get(orderId);
    if (before?.busy === true) return { kind: 'busy' };
    const record = reference === null ? undefined : await ledger.lookup(reference);
    const after = (await paymentsOfOrders(sql, [orderId])).get(orderId);
    if (after?.busy === true) return { kind: 'busy' };
    if (before?.version !== after?.version) continue;
    const own = record !== undefined && after?.provider === provider && after.reference === record.reference;
    if (own && (await takeOver(orderId, record)) === 'settled') continue;
    const { amount, currency } = charge ?? after ?? { amount: 0, currency: '' };
    const seen = record === undefined ? undefined : { ...record, refundedAmount: refundedBy(record), amount, currency };
    const difference = judgeCharge({ provider, orderId, reference }, after, seen);
    return { kind: 'judged', ...(difference && { difference }) };
  }
  return { kind: 'busy' };
}

function refundedBy({ refunds }: ProviderRecord): number {
  return refunds.filter(countsAsRefunded).reduce((sum, { amount }) => sum + amount, 0);
}
