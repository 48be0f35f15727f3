import type { LedgerEntry } from '@outrider/testkit/simulator';
import { isSold, kept, sum, type BookOrder, type Books } from './books.js';
import { none, type Check } from './check.js';

/** What customers paid is what was sold, by the provider's books and by our own; each order is charged once. */
export function checkMoney(books: Books): Check[] {
  const { api, sql, ledger, webhooks } = books;
  const captured = sum(ledger, kept);
  const open = ledger.filter(({ status }) => status === 'AUTHORIZED' || status === 'REQUIRES_ACTION');
  const charges = chargesByOrder(ledger);
  const unlike = unlikeTheProvider(books);
  const payable = sql.orders.filter((order) => isSold(order) && order.total > 0);
  return [
    ...(['API', 'SQL'] as const).map((by): Check => ({
      part: 'Money',
      what: 'COMPLETED orders = captured by the provider',
      by,
      expected: completedTotal(by === 'API' ? api.orders : sql.orders),
      seen: captured,
      money: true,
    })),
    {
      part: 'Money',
      what: 'captured, in our own books',
      by: 'SQL',
      expected: captured,
      seen: sum(sql.payments, ({ capturedAmount, refundedAmount }) => capturedAmount - refundedAmount),
      money: true,
    },
    {
      part: 'Money',
      what: 'orders charged once, in full',
      by: 'API and SQL',
      expected: payable.length,
      seen: payable.filter(({ id, total }) => {
        const mine = charges.get(id) ?? [];
        return mine.length === 1 && mine[0]?.capturedAmount === total;
      }).length,
    },
    {
      part: 'Money',
      what: 'payments that stand as the provider has them',
      by: 'API and SQL',
      expected: ledger.length,
      seen: ledger.length - unlike.length,
      ...(unlike.length > 0 && { examples: unlike.slice(0, 3) }),
    },
    {
      part: 'Money',
      what: `forged webhooks believed, of ${webhooks.forged}`,
      by: 'API',
      expected: 0,
      seen: webhooks.believed,
    },
    none('Money', 'payments of ours that the provider has not', 'API and SQL', unknownToTheProvider(books)),
    none('Money', 'orders paid in another currency', 'API and SQL', otherCurrencies(books)),
    none('Money', 'charges too many', 'API and SQL', surplusCharges(sql.orders, charges)),
    none(
      'Money',
      'authorisations left open',
      'API',
      open.map(({ id, reference }) => `${id} of order ${reference}`),
    ),
  ];
}

/** Σ of the orders that completed, less what was given back; minor units. */
export function completedTotal(orders: readonly BookOrder[]): number {
  return sum(orders.filter(isSold), ({ total, refundedTotal }) => total - refundedTotal);
}

/** How many charges there are beside the one of each order that is to be paid. */
export function duplicateCharges({ sql, ledger }: Books): number {
  return surplusCharges(sql.orders, chargesByOrder(ledger)).length;
}

/** Authorisations of the provider that no payment of ours is like, in status and amounts. */
function unlikeTheProvider({ sql, ledger }: Books): string[] {
  const payments = new Map(sql.payments.map((payment) => [payment.orderId, payment]));
  return ledger
    .filter(({ reference, status, amount, capturedAmount, refundedAmount }) => {
      const payment = payments.get(reference);
      const amounts =
        payment?.amount === amount &&
        payment.capturedAmount === capturedAmount &&
        payment.refundedAmount === refundedAmount;
      return payment?.status !== status || !amounts;
    })
    .map(
      ({ id, reference, status }) => `${id} of order ${reference} is ${status}, not ${payments.get(reference)?.status}`,
    );
}

/** Payments that hold or have taken money, or are in doubt, and of which the provider has nothing. */
function unknownToTheProvider({ sql, ledger }: Books): string[] {
  const known = new Set(ledger.map(({ reference }) => reference));
  return sql.payments
    .filter(({ orderId, status }) => !known.has(orderId) && status !== 'DECLINED' && status !== 'VOIDED')
    .map(({ orderId, status }) => `order ${orderId} is ${status}`);
}

/** Orders whose payment or charge is in another currency than they are. */
function otherCurrencies({ api, sql, ledger }: Books): string[] {
  const currencies = new Map(sql.orders.map(({ id, currency }) => [id, currency]));
  const other = (orderId: string, currency: string): boolean =>
    currencies.has(orderId) && currencies.get(orderId) !== currency;
  return [
    ...api.orders
      .filter(({ id, currency }) => other(id, currency))
      .map(({ id, currency }) => `order ${id} is shown in ${currency}`),
    ...sql.payments
      .filter(({ orderId, currency }) => other(orderId, currency))
      .map(({ orderId, currency }) => `payment of order ${orderId} in ${currency}`),
    ...ledger
      .filter(({ reference, currency }) => other(reference, currency))
      .map(({ id, reference, currency }) => `${id} of order ${reference} in ${currency}`),
  ];
}

function chargesByOrder(ledger: readonly LedgerEntry[]): ReadonlyMap<string, readonly LedgerEntry[]> {
  return Map.groupBy(
    ledger.filter(({ capturedAmount }) => capturedAmount > 0),
    ({ reference }) => reference,
  );
}

/** Charges beside the first of an order that is to be paid, and those kept of orders that were not sold. */
function surplusCharges(orders: readonly BookOrder[], charges: ReadonlyMap<string, readonly LedgerEntry[]>): string[] {
  const payable = new Set(orders.filter((order) => isSold(order) && order.total > 0).map(({ id }) => id));
  return [...charges].flatMap(([orderId, mine]) =>
    (payable.has(orderId) ? mine.slice(1) : mine.filter((entry) => kept(entry) > 0)).map(
      ({ id }) => `${id} of order ${orderId}`,
    ),
  );
}
