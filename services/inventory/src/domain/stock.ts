/**
 * What there is of a product, in pieces. `version` grows by one with every movement; it is published with `versionBase` added,
 * which is 0 until the database is restored.
 */
export interface Stock {
  readonly productId: string;
  readonly onHand: number;
  /** of these, how many are kept for orders */
  readonly reserved: number;
  readonly version: number;
  readonly versionBase: number;
}

/** Why stock moved. */
export type MovementReason = 'INITIAL' | 'ADJUSTED' | 'RESERVED' | 'CONFIRMED' | 'RELEASED' | 'EXPIRED' | 'RESTOCKED';

/** One change of one product's stock. */
export interface Movement {
  readonly productId: string;
  readonly reason: MovementReason;
  /** what caused it: an order's id, or the name that the caller gave an adjustment */
  readonly reference: string;
  /** a person's words for it, where there are any */
  readonly note: string | null;
  readonly onHandDelta: number;
  readonly reservedDelta: number;
}

/** A movement as the ledger keeps it: with the stock it led to. */
export interface LedgerEntry extends Movement {
  readonly after: Stock;
}

/** What may still be reserved. */
export function available(stock: Stock): number {
  return stock.onHand - stock.reserved;
}

/** Would the stock after this movement be one that can exist? */
export function allows(stock: Stock, movement: Pick<Movement, 'onHandDelta' | 'reservedDelta'>): boolean {
  const onHand = stock.onHand + movement.onHandDelta;
  const reserved = stock.reserved + movement.reservedDelta;
  return reserved >= 0 && reserved <= onHand;
}

/** Moves stock. @throws RangeError when the stock would go below zero: the decision did not check. */
export function move(stock: Stock, movement: Movement): LedgerEntry {
  if (!allows(stock, movement)) {
    throw new RangeError(`stock of ${stock.productId} would go below zero: ${movement.reason} ${movement.reference}`);
  }
  return {
    ...movement,
    after: {
      productId: stock.productId,
      onHand: stock.onHand + movement.onHandDelta,
      reserved: stock.reserved + movement.reservedDelta,
      version: stock.version + 1,
      versionBase: stock.versionBase,
    },
  };
}
