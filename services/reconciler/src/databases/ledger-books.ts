import { selectList } from '@outrider/common';
import type { BookDifferenceKind } from '@outrider/contracts';
import type { Query } from './read-only.js';

// Payment checks the ledger: it alone may ask the provider. The provider in use is the one whose check is due last. Payment of a
// version before this one does not say whether it lists its payments.
const LISTS = "coalesce((to_jsonb(c)->>'lists')::boolean, true)";
const STATE = `SELECT ${selectList<LedgerState>({
  provider: 'provider',
  lists: LISTS,
  checkedAt: 'checked_at',
  checkedFrom: 'checked_from',
  checkedTo: 'checked_to',
  sweptTo: "to_timestamp((sweep->>'reached')::float8 / 1000)",
  overdue: `${LISTS} AND coalesce(checked_at, created_at) < now() - $1::float8 * interval '1 millisecond'`,
})} FROM ledger_check c ORDER BY due_at DESC LIMIT 1`;

// a ledger that was never checked is overdue once there are payments that old
const PAYMENTS = `SELECT FROM payment WHERE order_id < $1 LIMIT 1`;

const DIFFERENCES = `SELECT ${selectList<LedgerDifference>({
  kind: 'kind',
  orderId: 'order_id',
  charge: "nullif(reference, '')",
  expected: 'expected',
  seen: 'seen',
})} FROM ledger_difference WHERE provider = $1 AND order_id > $2 AND order_id < $3 ORDER BY first_seen, order_id LIMIT $4`;

/** How the provider's ledger was checked. */
export interface LedgerState {
  readonly provider: string;
  /** whether it lists its payments; what it does not list is not checked */
  readonly lists: boolean;
  /** when the last check ended; null: none has yet */
  readonly checkedAt: Date | null;
  /** the orders that were looked at, by when they were placed, from the first check on */
  readonly checkedFrom: Date | null;
  readonly checkedTo: Date | null;
  /** how far back the sweep of older ones has reached; null: not begun */
  readonly sweptTo: Date | null;
  /** the last check ended too long ago; never where there is nothing to check */
  readonly overdue: boolean;
}

export interface LedgerDifference {
  readonly kind: BookDifferenceKind;
  readonly orderId: string;
  readonly charge: string | null;
  readonly expected: string;
  readonly seen: string;
}

/** @param overdueMs after how long without a check it is overdue, in ms */
export async function ledgerState(query: Query, overdueMs: number): Promise<LedgerState | undefined> {
  const [state] = await query<LedgerState>(STATE, [overdueMs]);
  return state;
}

/** Are there payments of orders before this id? */
export async function hasPaymentsBefore(query: Query, id: string): Promise<boolean> {
  return (await query(PAYMENTS, [id])).length > 0;
}

/** What was found of orders after the id `after` and before `before`. */
export function ledgerDifferences(query: Query, provider: string, after: string, before: string, limit: number) {
  return query<LedgerDifference>(DIFFERENCES, [provider, after, before, limit]);
}
