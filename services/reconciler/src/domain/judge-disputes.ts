import { bookDifference, type BookDifference } from '@outrider/contracts';
import type { BookedDispute, BookedOrder, BookedPayment } from './booked.js';

/** Compares the disputes that an order shows with those of its payment, each by its own id. */
export function judgeDisputes(
  order: Pick<BookedOrder, 'id' | 'disputes'>,
  payment: Pick<BookedPayment, 'disputes'>,
): BookDifference[] {
  const [expected, seen] = [shown(payment.disputes), shown(order.disputes)];
  return expected === seen ? [] : [bookDifference('dispute_differs', { orderId: order.id }, expected, seen)];
}

function shown(disputes: readonly BookedDispute[]): string {
  const each = disputes.map(
    ({ id, status, amount, withheldAmount }) => `${id} ${status}, ${withheldAmount} of ${amount}`,
  );
  return each.sort().join('; ') || 'none';
}
