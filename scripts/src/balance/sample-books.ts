import type { LedgerEntry, Refund } from '@outrider/testkit/simulator';
import type { BookOrder, BookPayment, Books, BookStock, Expectations, StoredOrder } from './books.js';
import { holds } from './check.js';
import { checksOf } from './checks.js';

// Books for the tests of the checks: each test changes one thing of books that balance.

export const order = (id: string, change: Partial<StoredOrder> = {}): StoredOrder => ({
  id,
  customerId: `customer-${id}`,
  reference: `ref-${id}`,
  status: 'COMPLETED',
  total: 1000,
  refundedTotal: 0,
  currency: 'USD',
  lines: [{ productId: 'p', quantity: 2 }],
  refunds: [],
  disputes: [],
  reason: null,
  ...change,
});
export const charge = (reference: string, change: Partial<LedgerEntry> = {}): LedgerEntry => ({
  id: `auth-${reference}`,
  reference,
  amount: 1000,
  currency: 'USD',
  status: 'CAPTURED',
  capturedAmount: 1000,
  refundedAmount: 0,
  createdAt: '2026-01-01T00:00:00.000Z',
  refunds: [],
  disputes: [],
  ...change,
});

/** A refund as the provider has it, that order asked for. */
export const refund = (refundId: string, amount: number, change: Partial<Refund> = {}): Refund => ({
  id: `re-${refundId}`,
  amount,
  status: 'SUCCEEDED',
  reason: null,
  metadata: { refund_id: refundId },
  by: 'api',
  createdAt: '2026-01-01T00:00:00.000Z',
  ...change,
});
export const refunded = (reference: string, ...refunds: Refund[]): LedgerEntry => {
  const back = refunds.filter(({ status }) => status === 'SUCCEEDED').reduce((sum, { amount }) => sum + amount, 0);
  const status = back === 0 ? 'CAPTURED' : back < 1000 ? 'PARTIALLY_REFUNDED' : 'REFUNDED';
  return charge(reference, { status, refundedAmount: back, refunds });
};
export const back = (id: string, amount: number, change: Partial<StoredOrder['refunds'][number]> = {}) =>
  ({ id, by: 'shop', amount, status: 'SUCCEEDED', ...change }) as const;
/** As payment has what the provider has. */
export const payment = (entry: LedgerEntry, change: Partial<BookPayment> = {}): BookPayment => ({
  orderId: entry.reference,
  status: entry.status,
  amount: entry.amount,
  currency: entry.currency,
  capturedAmount: entry.capturedAmount,
  refundedAmount: entry.refundedAmount,
  refunds: entry.refunds.map(({ id, metadata, amount, status }) => ({
    id,
    amount,
    status,
    refundId: metadata['refund_id'] ?? null,
  })),
  disputes: entry.disputes,
  ...change,
});

export interface Case {
  readonly orders: readonly StoredOrder[];
  readonly ledger: readonly LedgerEntry[];
  readonly stock: BookStock;
  readonly rejected?: readonly string[];
  /** orders whose pieces came back after they were confirmed */
  readonly back?: readonly string[];
  readonly read?: number | null;
  readonly apiOrders?: readonly BookOrder[];
  readonly apiOnHand?: number;
  readonly payments?: readonly BookPayment[];
  readonly movedBack?: readonly string[];
  readonly unknown?: readonly string[];
  readonly priced?: readonly string[];
  readonly stocks?: readonly BookStock[];
  readonly believed?: number;
}

export function books({
  orders,
  ledger,
  stock,
  rejected = [],
  back = [],
  read,
  apiOrders = orders,
  apiOnHand,
  payments,
  believed = 0,
  movedBack = back,
  unknown = [],
  priced = ['p'],
  stocks = [stock],
}: Case): Books {
  const reads = [{ productId: 'p', stock: read === undefined ? stock.onHand - stock.reserved : read }];
  return {
    api: { orders: apiOrders, levels: [{ ...stock, onHand: apiOnHand ?? stock.onHand }], unknown, reads },
    sql: {
      orders,
      priced,
      stock: stocks,
      reservations: orders.map(({ id, lines }) => ({
        orderId: id,
        status: rejected.includes(id) ? 'REJECTED' : 'CONFIRMED',
        restocked: back.includes(id) ? lines : [],
        movedBack: movedBack.includes(id) ? lines : [],
      })),
      payments: payments ?? ledger.map((entry) => payment(entry)),
      reads,
    },
    ledger,
    webhooks: { events: 0, delivered: 0, forged: 1, believed },
  };
}

export function wrong(given: Case, expected: Partial<Expectations> = {}): string[] {
  const expectations: Expectations = {
    placed: new Set(given.orders.map(({ id }) => id)),
    stockGood: true,
    providerGood: true,
    outcomes: 'predicted',
    failures: [],
    ...expected,
  };
  return checksOf(books(given), expectations)
    .filter((check) => !holds(check))
    .map(({ what, by, expected: wanted, seen }) => `${what} (${by}): ${wanted}, ${seen}`);
}

export const stock = (stocked: number, onHand: number, change: Partial<BookStock> = {}): BookStock => ({
  productId: 'p',
  initial: stocked,
  stocked,
  onHand,
  reserved: 0,
  ...change,
});
export const good: Case = {
  orders: [order('1'), order('2'), order('free', { total: 0 })],
  ledger: [charge('1'), charge('2')],
  stock: stock(6, 0),
};
