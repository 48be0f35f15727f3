import { bookDifference, type BookDifference } from '@outrider/contracts';

/** A product in inventory's books, all read at one moment. */
export interface BookedStock {
  readonly productId: string;
  readonly onHand: number;
  readonly reserved: number;
  readonly version: number;
  /** pieces of the reservations that are active */
  readonly promised: number;
  /** the last movement, and the levels that it led to */
  readonly last: { readonly version: number; readonly onHand: number; readonly reserved: number } | null;
}

/** A product's stock as product shows it, and the movement of its version. */
export interface ShownStock {
  readonly productId: string;
  /** null: the product service has none */
  readonly shown: { readonly version: number; readonly onHand: number; readonly reserved: number } | null;
  /** what inventory had at that version; null: no such movement */
  readonly booked: { readonly onHand: number; readonly reserved: number } | null;
  /** something came after it that should have been published before the grace */
  readonly late: boolean;
}

/** Where a product's stock differs from its movements and its reservations. */
export function judgeStock({ productId, last, promised, ...stock }: BookedStock): BookDifference[] {
  const differences: BookDifference[] = [];
  const seen = levels(stock);
  const expected = last === null ? 'a movement' : levels(last);
  if (expected !== seen) differences.push(bookDifference('stock_level', { productId }, expected, seen));
  if (promised !== stock.reserved) {
    differences.push(bookDifference('stock_reserved', { productId }, String(promised), String(stock.reserved)));
  }
  return differences;
}

/**
 * Where a product's shown stock is not inventory's. Movements never change, so what is shown is compared with the one of
 * its own version: they agree at any moment, however fast the product sells.
 */
export function judgeShown({ productId, shown, booked, late }: ShownStock): BookDifference[] {
  const differs = (expected: string, seen: string): BookDifference[] => [
    bookDifference('stock_shown', { productId }, expected, seen),
  ];
  if (shown === null) return late ? differs('some stock', 'none') : [];
  if (booked === null) return differs('a version that inventory has', levels(shown));
  const expected = levels({ ...booked, version: shown.version });
  if (expected !== levels(shown)) return differs(expected, levels(shown));
  return late ? differs('a newer version', levels(shown)) : [];
}

function levels(of: { readonly onHand: number; readonly reserved: number; readonly version: number }): string {
  return `${of.onHand} on hand, ${of.reserved} reserved, version ${of.version}`;
}
