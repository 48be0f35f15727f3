import { bookDifference, type BookDifference } from '@outrider/contracts';
import type { BookedOrder, BookedPayment } from './booked.js';

type OrderRefunds = Pick<BookedOrder, 'id' | 'refunds'>;
type PaymentRefunds = Pick<BookedPayment, 'refunds' | 'refundedAmount'>;

/**
 * Compares the refunds of a sold order with those of its payment, each by its own id: a sum may agree by chance. What was
 * given back before payment stored refunds one by one has no id there; of that only the sum can be compared.
 */
export function judgeRefunds(order: OrderRefunds, payment: PaymentRefunds): BookDifference[] {
  const shown = amounts(order.refunds.map(({ id, amount, status }) => [id, status === 'FAILED' ? 0 : amount]));
  const named = payment.refunds.filter(({ refundId, by }) => refundId !== null || by === 'provider');
  const paid = amounts(named.map((refund) => [refund.refundId ?? refund.id, counts(refund) ? refund.amount : 0]));
  const nameless = payment.refundedAmount - sum(named.filter(counts).map(({ amount }) => amount));
  const unpaid = order.refunds.filter(({ id, by }) => by === 'shop' && !paid.has(id)).map(({ id }) => id);
  // all that payment knows no id of: all of it together, or none of it
  const before = sum(unpaid.map((id) => shown.get(id) ?? 0)) === nameless ? new Set(unpaid) : new Set();
  const unlike = [...new Set([...shown.keys(), ...paid.keys()])].filter(
    (id) => !before.has(id) && (shown.get(id) ?? 0) !== (paid.get(id) ?? 0),
  );
  if (unlike.length === 0) return [];
  const text = (of: ReadonlyMap<string, number>): string =>
    unlike.map((id) => `${of.get(id) ?? 0} by ${id}`).join(', ');
  return [bookDifference('refund_differs', { orderId: order.id }, text(shown), text(paid))];
}

/** Given back, or on its way. */
function counts({ status }: { readonly status: string }): boolean {
  return status === 'PENDING' || status === 'SUCCEEDED';
}

function amounts(rows: readonly (readonly [id: string, amount: number])[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [id, amount] of rows) sums.set(id, (sums.get(id) ?? 0) + amount);
  return sums;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
