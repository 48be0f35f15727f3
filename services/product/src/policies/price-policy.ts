/** A price that a product is to have: minor units of its currency, for one piece. */
export interface ProposedPrice {
  readonly price: number;
  readonly currency: string;
}

/**
 * Decides which prices the catalogue takes: when a product is registered, when its price changes, and when it comes back
 * into sale.
 *
 * Default: DefaultPricePolicy, every price that the payment provider can charge. Example: a shop that sells in euros
 * alone, or nothing for less than 50 cents. Bound in product.module.ts; a shop gives its own to productServiceWith({ price }),
 * and calls `refuseUnmovable` of @outrider/contracts in it, or sells what cannot be paid. Asked inside the transaction that
 * stores the price: it answers at once, from what it is given.
 */
export interface PricePolicy {
  /** @throws ProblemError amount-not-supported (409), its detail in words for the admin, when this is no price to sell at */
  check(proposed: ProposedPrice): void;
}
