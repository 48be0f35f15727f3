import { bookDifference, type BookDifference } from '@outrider/contracts';

/** Pieces of a product. */
export interface Pieces {
  readonly productId: string;
  readonly quantity: number;
}

/** An order as order's books have it. Amounts in minor units. */
export interface BookedOrder {
  readonly id: string;
  readonly total: number;
  readonly status: string;
  readonly step: string;
  readonly paymentAsked: boolean;
  readonly capturedAmount: number;
  readonly refundedAmount: number;
  readonly currency: string;
  /** it has ended, and nothing of it has changed for a while */
  readonly closed: boolean;
  /** it has stayed in one step for too long */
  readonly overdue: boolean;
  readonly lines: readonly (Pieces & { readonly unitPrice: number })[];
  readonly adjustments: readonly { readonly amount: number }[];
  /** those that succeeded */
  readonly refunds: readonly {
    readonly amount: number;
    readonly lines: readonly Pieces[] | null;
    readonly restock: boolean;
  }[];
}

/** What inventory keeps of an order. */
export interface BookedReservation {
  readonly orderId: string;
  readonly status: string;
  readonly lines: readonly (Pieces & { readonly restocked: number })[];
  /** it was there a while ago */
  readonly settled: boolean;
}

/** What payment keeps of an order. */
export interface BookedPayment {
  readonly orderId: string;
  readonly status: string;
  readonly amount: number;
  readonly currency: string;
  readonly capturedAmount: number;
  readonly refundedAmount: number;
  readonly settled: boolean;
}

/** One order in three books; in which it is missing it is undefined. */
export interface Entry {
  readonly order: BookedOrder | undefined;
  readonly reservation: BookedReservation | undefined;
  readonly payment: BookedPayment | undefined;
}

const SOLD: ReadonlySet<string> = new Set(['COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED']);
const NOT_KEPT: ReadonlySet<string> = new Set(['RELEASED', 'EXPIRED', 'REJECTED']);
const NOT_PAID: ReadonlySet<string> = new Set(['DECLINED', 'VOIDED', 'REFUNDED']);

/**
 * What of an order does not fit. Only an order that has ended is held against its stock and money: until then they are
 * allowed to differ, and afterwards nothing changes them but a refund, while which the order is open again.
 */
export function judgeOrder({ order, reservation, payment }: Entry): BookDifference[] {
  if (order === undefined) return withoutOrder(reservation, payment);
  if (!order.closed) {
    if (!order.overdue) return [];
    return [bookDifference('order_open', { orderId: order.id }, 'ended', `${order.status}, in ${order.step}`)];
  }
  return [...judgeItself(order), ...judgeReservation(order, reservation), ...judgePayment(order, payment)];
}

function withoutOrder(
  reservation: BookedReservation | undefined,
  payment: BookedPayment | undefined,
): BookDifference[] {
  const differences: BookDifference[] = [];
  if (reservation?.settled === true) {
    const { orderId, status } = reservation;
    differences.push(bookDifference('reservation_unknown', { orderId }, 'no reservation without an order', status));
  }
  if (payment?.settled === true) {
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
  const refunded = total(order.refunds.map(({ amount }) => amount));
  if (SOLD.has(order.status) && refunded !== order.refundedAmount) {
    differences.push(bookDifference('order_refunds', about, String(refunded), String(order.refundedAmount)));
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
  const back = pieces(order.refunds.flatMap(({ restock, lines: of }) => (restock ? (of ?? []) : [])));
  const restocked = pieces(lines.map(({ productId, restocked: quantity }) => ({ productId, quantity })));
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
    if (NOT_PAID.has(payment.status) && payment.capturedAmount === payment.refundedAmount) return [];
    return [bookDifference('payment_differs', about, `no money, for the order is ${order.status}`, shown(payment))];
  }
  const status = refundedAmount === 0 ? 'CAPTURED' : refundedAmount < due ? 'PARTIALLY_REFUNDED' : 'REFUNDED';
  const expected = shown({ status, amount: due, currency, capturedAmount: due, refundedAmount });
  const seen = shown(payment);
  return expected === seen ? [] : [bookDifference('payment_differs', about, expected, seen)];
}

function shown(payment: Omit<BookedPayment, 'orderId' | 'settled'>): string {
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
