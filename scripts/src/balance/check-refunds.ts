import type { LedgerEntry } from '@outrider/testkit/simulator';
import { isSold, kept, type BookPayment, type Books, type StoredOrder } from './books.js';
import { none, type Check } from './check.js';

/**
 * Each refund is known by its id to order, payment and provider, and is of the same order and amount for all three:
 * two refunds that were swapped have the right sum.
 */
export function checkRefunds({ api, sql, ledger }: Books): Check[] {
  const payments = new Map(sql.payments.map((payment) => [payment.orderId, payment]));
  const charges = Map.groupBy(ledger, ({ reference }) => reference);
  const stored = new Map(sql.orders.map((order) => [order.id, order]));
  const ids = [...new Set([...stored.keys(), ...payments.keys(), ...charges.keys()])];
  return [
    none(
      'Money',
      'orders whose refunds are not those of their payment',
      'SQL',
      sql.orders.flatMap((order) => asked(order, payments.get(order.id))),
    ),
    none(
      'Money',
      'orders whose refunds are not those of the provider',
      'API and SQL',
      ids.flatMap((id) => made(id, payments.get(id), charges.get(id) ?? [])),
    ),
    none(
      'Money',
      'sold orders of which the provider keeps another amount',
      'API and SQL',
      api.orders
        .filter(isSold)
        .filter(({ id, total, refundedTotal }) => total - refundedTotal !== sumKept(charges.get(id) ?? []))
        .map(
          ({ id, total, refundedTotal }) => `${id}: ${total - refundedTotal}, not ${sumKept(charges.get(id) ?? [])}`,
        ),
    ),
    none(
      'Money',
      'orders that show other refunds than they have',
      'SQL',
      sql.orders
        .filter((order) => isSold(order) && order.refundedTotal !== succeeded(order.refunds))
        .map(({ id, refundedTotal, refunds }) => `${id}: ${succeeded(refunds)}, not ${refundedTotal}`),
    ),
  ];
}

/** What order and payment have of one order's refunds, by id, where it is not the same. */
function asked(order: StoredOrder, payment: BookPayment | undefined): string[] {
  const theirs = payment?.refunds ?? [];
  const wanted = order.refunds.map((refund) => [refund.id, refund.status === 'SUCCEEDED' ? refund.amount : 0] as const);
  // what gives an undone order's money back bears the id of the command: order has no row of it
  const seen = isSold(order)
    ? theirs
    : theirs.filter(({ refundId }) => order.refunds.some(({ id }) => id === refundId));
  const done = seen.map(
    ({ id, refundId, amount, status }) => [refundId ?? id, status === 'SUCCEEDED' ? amount : 0] as const,
  );
  return unlike(order.id, amounts(wanted), amounts(done));
}

/** What payment and provider have of one order's refunds, by the provider's ids, where it is not the same. */
function made(orderId: string, payment: BookPayment | undefined, charges: readonly LedgerEntry[]): string[] {
  const counts = ({ status }: { readonly status: string }): boolean => status === 'PENDING' || status === 'SUCCEEDED';
  const rows = (refunds: readonly { readonly id: string; readonly amount: number; readonly status: string }[]) =>
    amounts(refunds.map((refund) => [refund.id, counts(refund) ? refund.amount : 0] as const));
  return unlike(orderId, rows(charges.flatMap(({ refunds }) => refunds)), rows(payment?.refunds ?? []));
}

function unlike(orderId: string, expected: ReadonlyMap<string, number>, seen: ReadonlyMap<string, number>): string[] {
  return [...new Set([...expected.keys(), ...seen.keys()])]
    .filter((id) => (expected.get(id) ?? 0) !== (seen.get(id) ?? 0))
    .map((id) => `refund ${id} of order ${orderId}: ${expected.get(id) ?? 0}, not ${seen.get(id) ?? 0}`);
}

function amounts(rows: readonly (readonly [id: string, amount: number])[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [id, amount] of rows) sums.set(id, (sums.get(id) ?? 0) + amount);
  return sums;
}

function succeeded(refunds: StoredOrder['refunds']): number {
  return refunds.filter(({ status }) => status === 'SUCCEEDED').reduce((sum, { amount }) => sum + amount, 0);
}

function sumKept(charges: readonly LedgerEntry[]): number {
  return charges.reduce((sum, charge) => sum + kept(charge), 0);
}
