import { bookDifference, type BookDifference } from '@outrider/contracts';
import type { BookedOrder, BookedPayment, BookedReservation, Entry, Pieces } from './booked.js';
import { judgeDisputes } from './judge-disputes.js';
import { judgeRefunds } from './judge-refunds.js';

const SOLD: ReadonlySet<string> = new Set(['COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED']);
const NOT_KEPT: ReadonlySet<string> = new Set(['RELEASED', 'EXPIRED', 'REJECTED']);
const NOT_PAID: ReadonlySet<string> = new Set(['DECLINED', 'VOIDED', 'REFUNDED']);

/**
 * The differences of an order. Only an order that has ended is compared with its stock and money: until then they may
 * differ, and afterwards nothing changes them but a refund, during which the order is open again.
 */
export function judgeOrder({ order, reservation, payment }: Entry): BookDifference[] {
  const moved = reservation === undefined ? [] : judgeMovements(reservation);
  if (order === undefined) return [...moved, ...withoutOrder(reservation, payment)];
  if (!order.closed) {
    if (!order.overdue) return moved;
    const about = { orderId: order.id };
    return [...moved, bookDifference('order_open', about, 'ended', `${order.status}, in ${order.step}`)];
  }
  return [
    ...moved,
    ...judgeItself(order),
    ...judgeReservation(order, reservation),
    ...(payment?.quiet === false ? [] : judgePayment(order, payment)),
  ];
}

/** A reservation and its movements are written together: they agree at any moment, whatever becomes of the order. */
function judgeMovements({ orderId, lines, movedBack }: BookedReservation): BookDifference[] {
  const [stated, moved] = [pieces(restockedOf(lines)), pieces(movedBack)];
  if (stated === moved) return [];
  return [bookDifference('restock_differs', { orderId }, `${stated} moved back into stock`, `${moved} moved back`)];
}

function restockedOf(lines: BookedReservation['lines']): Pieces[] {
  return lines.map(({ productId, restocked: quantity }) => ({ productId, quantity }));
}

function withoutOrder(
  reservation: BookedReservation | undefined,
  payment: BookedPayment | undefined,
): BookDifference[] {
  const differences: BookDifference[] = [];
  if (reservation?.beyondGrace === true) {
    const { orderId, status } = reservation;
    differences.push(bookDifference('reservation_unknown', { orderId }, 'no reservation without an order', status));
  }
  if (payment?.beyondGrace === true) {
    const { orderId } = payment;
    differences.push(bookDifference('payment_unknown', { orderId }, 'no payment without an order', shown(payment)));
  }
  return differences;
}

function judgeItself(order: BookedOrder): BookDifference[] {
  const about = { orderId: order.id };
  const differences: BookDifference[] = [];
  const sum = total(order.lines.map(({ quantity, unitPrice }) => quantity * unitPrice));
  const agreed = sum + total(order.adjustments.map(({ amount }) => amount));
  if (agreed !== order.total)
    differences.push(bookDifference('order_total', about, String(agreed), String(order.total)));
  const refunded = total(order.refunds.map(({ amount, status }) => (status === 'SUCCEEDED' ? amount : 0)));
  if (SOLD.has(order.status) && refunded !== order.refundedAmount) {
    differences.push(bookDifference('order_refunds', about, String(refunded), String(order.refundedAmount)));
  }
  const unresolved = order.refunds.filter((one) => one.status === 'FAILED' && one.restocked && !one.resolved);
  if (unresolved.length > 0) {
    const seen = unresolved.map(({ id, lines }) => `${pieces(lines ?? [])} for refund ${id}, which failed`).join('; ');
    differences.push(bookDifference('refund_restocked', about, 'pieces back in stock for money given back', seen));
  }
  return differences;
}

function judgeReservation(order: BookedOrder, reservation: BookedReservation | undefined): BookDifference[] {
  const about = { orderId: order.id };
  const sold = SOLD.has(order.status);
  const wanted = sold ? 'CONFIRMED' : 'given back';
  if (reservation === undefined) return [bookDifference('reservation_missing', about, wanted, 'none')];
  const { status, lines } = reservation;
  const differs = (expected: string, seen: string): BookDifference[] => [
    bookDifference('reservation_differs', about, expected, seen),
  ];
  if (!sold) return NOT_KEPT.has(status) ? [] : differs(`${wanted}, for the order is ${order.status}`, status);
  if (status !== 'CONFIRMED') return differs(`${wanted}, for the order is ${order.status}`, status);
  const bought = pieces(order.lines);
  const kept = pieces(lines);
  if (bought !== kept) return differs(bought, kept);
  const back = pieces(order.refunds.flatMap(({ restocked, lines: of }) => (restocked ? (of ?? []) : [])));
  const restocked = pieces(restockedOf(lines));
  return back === restocked ? [] : differs(`${back} back in stock`, `${restocked} back in stock`);
}

function judgePayment(order: BookedOrder, payment: BookedPayment | undefined): BookDifference[] {
  const about = { orderId: order.id };
  const { paymentAsked, total: due, refundedAmount, currency } = order;
  if (payment === undefined) {
    if (!paymentAsked && (due === 0 || !SOLD.has(order.status))) return [];
    return [bookDifference('payment_missing', about, `a payment, for the order is ${order.status}`, 'none')];
  }
  if (!SOLD.has(order.status)) {
    if (NOT_PAID.has(payment.status) && payment.capturedAmount === payment.refundedAmount) {
      return judgeDisputes(order, payment);
    }
    return [bookDifference('payment_differs', about, `no money, for the order is ${order.status}`, shown(payment))];
  }
  const one = [...judgeRefunds(order, payment), ...judgeDisputes(order, payment)];
  const status = refundedAmount === 0 ? 'CAPTURED' : refundedAmount < due ? 'PARTIALLY_REFUNDED' : 'REFUNDED';
  const expected = shown({ status, amount: due, currency, capturedAmount: due, refundedAmount });
  const seen = shown(payment);
  return expected === seen ? one : [bookDifference('payment_differs', about, expected, seen), ...one];
}

function shown(
  payment: Pick<BookedPayment, 'status' | 'amount' | 'currency' | 'capturedAmount' | 'refundedAmount'>,
): string {
  const { status, amount, currency, capturedAmount, refundedAmount } = payment;
  return `${status}, ${amount} ${currency}, captured ${capturedAmount}, refunded ${refundedAmount}`;
}

/** Pieces per product, in one form for the same, however many lines. */
function pieces(lines: readonly Pieces[]): string {
  const sums = new Map<string, number>();
  for (const { productId, quantity } of lines) sums.set(productId, (sums.get(productId) ?? 0) + quantity);
  const parts = [...sums].filter(([, quantity]) => quantity !== 0).sort(([one], [other]) => (one < other ? -1 : 1));
  return parts.map(([productId, quantity]) => `${quantity} of ${productId}`).join(', ') || 'nothing';
}

function total(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}
