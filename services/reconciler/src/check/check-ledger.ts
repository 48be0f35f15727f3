import { bookDifference, idAt, type BookDifference } from '@outrider/contracts';
import { hasPaymentsBefore, ledgerDifferences, ledgerState, type LedgerState } from '../databases/ledger-books.js';
import { FIRST_ID, LAST_ID } from '../domain/ids.js';
import type { Databases } from './databases.js';

const MOST = 2_000;
const MINUTE_MS = 60_000;

/** What payment knows of the provider's ledger. */
export interface LedgerCheck {
  /** undefined: payment has never begun to check it */
  readonly state: LedgerState | undefined;
  readonly differences: readonly BookDifference[];
}

/**
 * What payment has found in the provider's ledger, of the orders in a range of ids. That it has not checked for too
 * long is a difference of its own: nothing found must not be taken for nothing there.
 *
 * @param overdueMs after how long without a check it is overdue, in ms
 */
export async function checkLedger(
  { payment }: Databases,
  overdueMs: number,
  now: number,
  { after = FIRST_ID, before = LAST_ID }: { readonly after?: string; readonly before?: string } = {},
): Promise<LedgerCheck> {
  return payment.snapshot(async (query) => {
    const state = await ledgerState(query, overdueMs);
    const missed = state === undefined ? await hasPaymentsBefore(query, idAt(now - overdueMs)) : state.overdue;
    const found = state === undefined ? [] : await ledgerDifferences(query, state.provider, after, before, MOST);
    return {
      state,
      differences: [
        ...(missed ? [unchecked(state, overdueMs)] : []),
        ...found.map(({ kind, expected, seen, ...about }) => bookDifference(kind, about, expected, seen)),
      ],
    };
  });
}

function unchecked(state: LedgerState | undefined, overdueMs: number): BookDifference {
  const expected = `a check in the last ${Math.ceil(overdueMs / MINUTE_MS)} minutes`;
  const seen = state?.checkedAt === undefined || state.checkedAt === null ? 'none' : state.checkedAt.toISOString();
  return bookDifference('ledger_unchecked', {}, expected, seen);
}
