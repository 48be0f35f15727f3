import { idSchema } from '@outrider/contracts';
import { z } from 'zod';
import type { ProviderDispute, ProviderRefund } from '../../domain/provider-answer.js';
import { providerName } from '../provider-text.js';
import { fromStripe } from './stripe-amounts.js';

/** The metadata that we store with a refund beside the order's id: our id of the refund. */
export const REFUND_ID = 'refund_id';

const amount = z.int().min(0);
const metadata = z
  .record(z.string(), z.string())
  .nullish()
  .transform((given) => given ?? {});
/** The payment intent, as an id or as a whole. */
const ofIntent = z.union([providerName, z.object({ id: providerName }).transform(({ id }) => id)]).nullish();

/** What is read of a refund. */
export const refundSchema = z.object({
  id: providerName,
  amount,
  currency: z.string(),
  status: z.string().nullish(),
  failure_reason: z.string().nullish(),
  reason: z.string().nullish(),
  metadata,
  created: z.int(),
  payment_intent: ofIntent,
});
export type Refund = z.infer<typeof refundSchema>;

/** What is read of a dispute. */
export const disputeSchema = z.object({
  id: providerName,
  amount,
  currency: z.string(),
  status: z.string(),
  reason: z.string(),
  created: z.int(),
  payment_intent: ofIntent,
  evidence_details: z.object({ due_by: z.int().nullish() }).nullish(),
  balance_transactions: z.array(z.object({ amount: z.int(), currency: z.string() })).default([]),
});

const REFUND_STATUSES: ReadonlyMap<string, ProviderRefund['status']> = new Map([
  ['succeeded', 'SUCCEEDED'],
  ['failed', 'FAILED'],
  ['canceled', 'CANCELED'],
]);
const DISPUTE_STATUSES: ReadonlyMap<string, ProviderDispute['status']> = new Map([
  ['won', 'WON'],
  ['lost', 'LOST'],
  ['warning_closed', 'CLOSED'],
  ['charge_refunded', 'CLOSED'],
  ['prevented', 'CLOSED'],
]);

/** A refund's current state; `pending`, `requires_action` and unknown statuses are PENDING. Undefined: not an amount of ours. */
export function refundOf(refund: Refund): ProviderRefund | undefined {
  const ours = fromStripe(refund.amount, refund.currency.toUpperCase());
  if (ours === undefined) return undefined;
  return {
    id: refund.id,
    refundId: idSchema.safeParse(refund.metadata[REFUND_ID]).data ?? null,
    amount: ours,
    status: REFUND_STATUSES.get(refund.status ?? '') ?? 'PENDING',
    reason: refund.failure_reason ?? null,
    createdAt: timeOf(refund.created),
  };
}

/** A dispute's current state; undefined: not an amount of ours. */
export function disputeOf(dispute: z.infer<typeof disputeSchema>): ProviderDispute | undefined {
  const currency = dispute.currency.toUpperCase();
  const ours = fromStripe(dispute.amount, currency);
  const withheldAmount = fromStripe(withheldBy(dispute), currency);
  if (ours === undefined || withheldAmount === undefined) return undefined;
  const dueBy = dispute.evidence_details?.due_by;
  return {
    id: dispute.id,
    amount: ours,
    withheldAmount,
    reason: dispute.reason,
    status: DISPUTE_STATUSES.get(dispute.status) ?? 'OPEN',
    respondBy: dueBy ? timeOf(dueBy) : null,
    createdAt: timeOf(dispute.created),
  };
}

/** What the account's balance has lost by it. Where that is kept in another currency, all of it or nothing. */
function withheldBy({
  amount: disputed,
  currency,
  balance_transactions: moves,
}: z.infer<typeof disputeSchema>): number {
  const lost = -moves.reduce((sum, move) => sum + move.amount, 0);
  if (lost <= 0) return 0;
  return moves.every((move) => move.currency === currency) ? lost : disputed;
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}
