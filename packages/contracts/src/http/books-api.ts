import { z } from 'zod';

/**
 * Every kind of difference between the books. The list is closed: each is reported, as 0 where there is none, and
 * docs/books.md says what each means and what to do.
 */
export const BOOK_DIFFERENCE_KINDS = [
  // an order by itself
  'order_open',
  'order_total',
  'order_refunds',
  'refund_restocked',
  // an order and the stock that was kept for it
  'reservation_missing',
  'reservation_differs',
  'reservation_unknown',
  // a reservation and the movements of the stock
  'restock_differs',
  // an order and its money, as payment has it
  'payment_missing',
  'payment_differs',
  'payment_unknown',
  'refund_differs',
  'dispute_differs',
  // a payment and the charge that the provider has for it
  'charge_unknown',
  'charge_missing',
  'charge_differs',
  'charge_refunds',
  'charge_unreadable',
  // the provider's ledger was not read for too long: the five above are not known
  'ledger_unchecked',
  // a product's stock
  'stock_missing',
  'stock_level',
  'stock_movements',
  'stock_reserved',
  'stock_shown',
  // a product that one service has and another does not know
  'product_unknown',
] as const;
export const bookDifferenceKindSchema = z.enum(BOOK_DIFFERENCE_KINDS);
export type BookDifferenceKind = z.infer<typeof bookDifferenceKindSchema>;

/** One difference between two books. Members that do not apply are null. */
export const bookDifferenceSchema = z.object({
  kind: bookDifferenceKindSchema,
  orderId: z.string().nullable(),
  productId: z.string().nullable(),
  /** the version of the stock movement */
  movement: z.int().nullable(),
  /** the payment provider's id of it */
  charge: z.string().nullable(),
  /** what it should be by one book, and what it is by the other; for humans */
  expected: z.string(),
  seen: z.string(),
});
export type BookDifference = z.infer<typeof bookDifferenceSchema>;

/** A difference of this kind, about what is named. */
export function bookDifference(
  kind: BookDifferenceKind,
  about: Partial<Pick<BookDifference, 'orderId' | 'productId' | 'movement' | 'charge'>>,
  expected: string,
  seen: string,
): BookDifference {
  return { kind, orderId: null, productId: null, movement: null, charge: null, ...about, expected, seen };
}

/** What a difference is about: the same as long as it lasts, whatever the numbers. */
export function bookDifferenceKey({ kind, orderId, productId, movement, charge }: BookDifference): string {
  return [kind, orderId ?? productId, movement, charge].filter((part) => part !== null).join(' ');
}
