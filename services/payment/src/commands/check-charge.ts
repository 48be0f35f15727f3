import type { SqlClient } from '@outrider/service-kit/database';
import type { ProviderRecord } from '../domain/provider-answer.js';
import type { UpdateResult } from '../domain/provider-update.js';
import { countsAsRefunded } from '../domain/refunds.js';
import {
  chargeDifference,
  unreadableCharge,
  type BookedCharge,
  type ChargeDifference,
} from '../domain/charge-difference.js';
import type { ProviderLedger } from '../providers/provider-ledger.js';
import { paymentsOfOrders } from '../persistence/statements/read-booked-payments.js';

/** A charge that seems to differ from its payment. */
export interface SuspectCharge {
  readonly orderId: string;
  /** null: our own books name no charge */
  readonly reference: string | null;
  /** as the provider's list has it; null when it is not in the list */
  readonly charge: BookedCharge | null;
}

/** `busy`: a command is running or waiting, and the payment cannot be compared now. */
export type ChargeCheck =
  | { readonly kind: 'busy' }
  | { readonly kind: 'compared'; readonly difference?: ChargeDifference };

/** A payment that changes between every two reads is busy, whatever its commands say. */
const MOST_TRIES = 4;

/** Applies what the provider's ledger shows of a payment: `applied` if that changed the payment. */
export type ApplyLedgerRecord = (orderId: string, record: ProviderRecord) => Promise<UpdateResult>;

/**
 * Checks one charge again before a difference is reported: reads the payment, the charge at the provider, and the payment
 * once more. What was done at the provider by hand is applied first, so that only what cannot be explained is left. A
 * difference counts only when the payment was the same before and after and no command was running: then it is no matter
 * of timing. A charge that cannot be read is a difference too. A lookup does not show the requested amount; that never
 * changes at the provider, so the list's is used.
 *
 * @throws what the ledger throws
 */
export async function checkCharge(
  sql: SqlClient,
  ledger: ProviderLedger,
  provider: string,
  applyRecord: ApplyLedgerRecord,
  { orderId, reference, charge }: SuspectCharge,
): Promise<ChargeCheck> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const before = (await paymentsOfOrders(sql, [orderId])).get(orderId);
    if (before?.busy === true) return { kind: 'busy' };
    const answer = reference === null ? undefined : await ledger.lookup(reference);
    const after = (await paymentsOfOrders(sql, [orderId])).get(orderId);
    if (after?.busy === true) return { kind: 'busy' };
    if (before?.version !== after?.version) continue;
    if (answer?.kind === 'unreadable') {
      return { kind: 'compared', difference: unreadableCharge(after, answer.reason) };
    }
    const record = answer?.kind === 'record' ? answer.record : undefined;
    const own = record !== undefined && after?.provider === provider && after.reference === record.reference;
    if (own && (await applyRecord(orderId, record)) === 'applied') continue;
    const { amount, currency } = charge ?? after ?? { amount: 0, currency: '' };
    const seen = record === undefined ? undefined : { ...record, refundedAmount: refundedBy(record), amount, currency };
    const difference = chargeDifference({ provider, orderId, reference }, after, seen);
    return { kind: 'compared', ...(difference && { difference }) };
  }
  return { kind: 'busy' };
}

function refundedBy({ refunds }: ProviderRecord): number {
  return refunds.filter(countsAsRefunded).reduce((sum, { amount }) => sum + amount, 0);
}
