import type { FileOrder } from './order-line.js';

/** What orders take of one sku. */
export interface Need {
  readonly sku: string;
  /** price of one piece, cents */
  readonly cents: number;
  /** pieces that all orders together ask for */
  readonly asked: number;
  /** pieces to be put into stock for them */
  readonly stock: number;
}

/**
 * What the orders ask for, per sku in the order of first appearance, and how much of it is to be stocked.
 *
 * @param percent of the pieces asked for, rounded down per sku: 100 is enough for all
 */
export function stockNeeds(orders: readonly FileOrder[], percent = 100): Need[] {
  const needs = new Map<string, { cents: number; asked: number }>();
  for (const { sku, quantity, unitPriceCents } of orders.flatMap((order) => order.lines)) {
    const need = needs.get(sku) ?? { cents: unitPriceCents, asked: 0 };
    need.asked += quantity;
    needs.set(sku, need);
  }
  return [...needs].map(([sku, { cents, asked }]) => ({
    sku,
    cents,
    asked,
    stock: Math.floor((asked * percent) / 100),
  }));
}
