import type { BookDifference } from '@outrider/contracts';
import { overdueOrders, orderPage, theseOrders, type Tolerance } from '../databases/order-books.js';
import { adjustedFor, paymentPage, reservationPage, thesePayments, theseReservations } from '../databases/leg-books.js';
import type { BookedOrder, BookedPayment, BookedReservation } from '../domain/booked.js';
import { judgeOrder } from '../domain/judge-order.js';
import type { Databases } from './databases.js';

/** A page of orders, and where it differs. */
export interface OrderPage {
  readonly differences: BookDifference[];
  readonly orders: readonly BookedOrder[];
  /** where the next page begins; null: there is none */
  readonly next: string | null;
}

/**
 * Compares a page of orders with their reservations and payments: the same range of ids in three databases, so that
 * three pages are all that is in memory. Ids are in the order of time, so a range is also a span of it.
 */
export async function checkOrders(
  { order, inventory, payment }: Databases,
  tolerance: Tolerance,
  after: string,
  before: string,
  limit: number,
): Promise<OrderPage> {
  const { graceMs } = tolerance;
  // orders first: what is there without an order now was there without one then
  const orders = await order.snapshot((query) => orderPage(query, tolerance, after, before, limit));
  const [reservations, payments] = await Promise.all([
    inventory.snapshot((query) => reservationPage(query, graceMs, after, before, limit)),
    payment.snapshot((query) => paymentPage(query, graceMs, after, before, limit)),
  ]);
  const ends = [
    ...(orders.length === limit ? [orders.at(-1)?.id ?? before] : []),
    ...[reservations, payments].flatMap((rows) => (rows.length === limit ? [rows.at(-1)?.orderId ?? before] : [])),
  ].sort();
  // as far as all three reach
  const [next = null] = ends;
  const within = (id: string): boolean => next === null || id <= next;
  const books = {
    orders: orders.filter(({ id }) => within(id)),
    reservations: reservations.filter(({ orderId }) => within(orderId)),
    payments: payments.filter(({ orderId }) => within(orderId)),
  };
  const suspects = new Set(judgeAll(books).flatMap(({ orderId }) => orderId ?? []));
  return {
    differences: await judgeAgain({ order, inventory }, tolerance, books, suspects),
    orders: books.orders,
    next,
  };
}

/** Checks these orders, whatever their ids. */
export async function checkTheseOrders(
  { order, inventory, payment }: Databases,
  tolerance: Tolerance,
  ids: readonly string[],
): Promise<BookDifference[]> {
  if (ids.length === 0) return [];
  const [reservations, payments] = await Promise.all([
    inventory.snapshot((query) => theseReservations(query, tolerance.graceMs, ids)),
    payment.snapshot((query) => thesePayments(query, tolerance.graceMs, ids)),
  ]);
  return judgeAgain({ order, inventory }, tolerance, { orders: [], reservations, payments }, new Set(ids));
}

/** Orders that have stayed in one step for too long. */
export async function checkOverdue({ order }: Databases, tolerance: Tolerance): Promise<BookDifference[]> {
  const orders = await order.snapshot((query) => overdueOrders(query, tolerance));
  return orders.flatMap((one) => judgeOrder({ order: one, reservation: undefined, payment: undefined }));
}

interface Books {
  readonly orders: readonly BookedOrder[];
  readonly reservations: readonly BookedReservation[];
  readonly payments: readonly BookedPayment[];
}

/**
 * The databases are read one after the other, and a refund may have begun in between. An order that, read after its
 * legs, has been closed for the whole grace was closed while they were read: what differs then is a difference.
 */
async function judgeAgain(
  { order, inventory }: Pick<Databases, 'order' | 'inventory'>,
  tolerance: Tolerance,
  books: Books,
  suspects: ReadonlySet<string>,
): Promise<BookDifference[]> {
  if (suspects.size === 0) return [];
  const orders = await withAdjustments(
    inventory,
    await order.snapshot((query) => theseOrders(query, tolerance, [...suspects])),
  );
  const of = ({ orderId }: { readonly orderId: string }): boolean => suspects.has(orderId);
  return judgeAll({ orders, reservations: books.reservations.filter(of), payments: books.payments.filter(of) });
}

/** Pieces that came back for a failed refund are resolved once an admin has adjusted the stock in its name. */
async function withAdjustments(
  inventory: Databases['inventory'],
  orders: readonly BookedOrder[],
): Promise<readonly BookedOrder[]> {
  const failed = orders.flatMap(({ refunds }) =>
    refunds.filter(({ status, restocked }) => status === 'FAILED' && restocked),
  );
  if (failed.length === 0) return orders;
  const back = failed.flatMap(({ id, lines }) => (lines ?? []).map(({ productId }) => ({ refundId: id, productId })));
  const adjusted = await inventory.snapshot((query) => adjustedFor(query, back));
  return orders.map((one) => ({
    ...one,
    refunds: one.refunds.map((refund) => (adjusted.has(refund.id) ? { ...refund, resolved: true } : refund)),
  }));
}

function judgeAll({ orders, reservations, payments }: Books): BookDifference[] {
  const order = new Map(orders.map((one) => [one.id, one]));
  const reservation = new Map(reservations.map((one) => [one.orderId, one]));
  const payment = new Map(payments.map((one) => [one.orderId, one]));
  return [...new Set([...order.keys(), ...reservation.keys(), ...payment.keys()])].flatMap((id) =>
    judgeOrder({ order: order.get(id), reservation: reservation.get(id), payment: payment.get(id) }),
  );
}
